//! The ROCA fingerprint (CVE-2017-15361): moduli of the flawed generator are powers of 65537 modulo
//! many small primes.

/// Small primes; for a sound modulus the chance to pass all of them is below one in 2^27.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Whether a big-endian modulus has the fingerprint.
pub(super) fn is_vulnerable(n: &[u8]) -> bool {
    PRIMES.iter().all(|prime| {
        let residue = n
            .iter()
            .fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        let generator = 65_537 % prime;
        let mut power = 1 % prime;
        (0..*prime).any(|_| {
            power = power * generator % prime;
            power == residue
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_power_of_65537_is_told_from_an_ordinary_number() {
        assert!(super::is_vulnerable(&65_537u32.to_be_bytes()));
        // Its second and fourth power: binomial coefficients as digits of base 65536.
        assert!(super::is_vulnerable(&[0, 1, 0, 2, 0, 1]));
        assert!(super::is_vulnerable(&[0, 1, 0, 4, 0, 6, 0, 4, 0, 1]));
        assert!(!super::is_vulnerable(&[0, 1, 0, 4, 0, 6, 0, 4, 0, 3]));
        assert!(!super::is_vulnerable(&65_539u32.to_be_bytes()));
    }
}
