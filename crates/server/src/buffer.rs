//! Request bodies that are held in memory until they are whole: each within its bound, and all
//! within a budget that no caller can use up for the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub(crate) use authority::refusal::Unread;
use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt as _;
use policy::AccountId;

use crate::limits::{
    BODIES_OF_ALL, BODIES_OF_ONE, BODIES_OF_OWNER, BODIES_OF_STRANGERS, BODY_TIMEOUT,
    FIRST_BODY_BYTES,
};

/// Whose body it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    /// Nobody proved who asks; a signature over a form holds only once the form is there.
    Stranger,
    /// Somebody of this account, whose signature holds.
    Account(AccountId),
    /// The server's owner, at the control socket.
    Owner,
}

/// Memory for bodies that are read whole.
#[derive(Debug, Default)]
pub(crate) struct Budget(Mutex<HashMap<Holder, usize>>);

/// A part of the budget, given back when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    budget: Arc<Budget>,
    holder: Holder,
    bytes: usize,
}

/// A body that is whole, and the memory that is counted for it: kept as long as anything of the
/// body is.
#[derive(Debug)]
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    pub(crate) held: Held,
}

impl Budget {
    /// Reads a body of at most `most` bytes.
    ///
    /// # Errors
    /// [`Unread`]; what was held of it is given back.
    pub(crate) async fn whole<B>(
        self: &Arc<Self>,
        body: B,
        most: usize,
        holder: Holder,
    ) -> Result<Whole, Unread>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        // What says that it is too large is not waited for.
        let declared = body.size_hint();
        if declared.lower() > most as u64 {
            return Err(Unread::TooLarge);
        }
        let bound = declared
            .exact()
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(most);
        let held = Held {
            budget: Arc::clone(self),
            holder,
            bytes: 0,
        };
        tokio::time::timeout(BODY_TIMEOUT, gather(body, most, bound, held))
            .await
            .map_err(|_| Unread::Late)?
    }

    /// What is held now, by everybody.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().values().sum()
    }

    fn take(&self, holder: &Holder, more: usize) -> Result<(), Unread> {
        let mut held = self.lock();
        // Strangers and the owner have budgets of their own: neither can use up the accounts'.
        let accounts = held
            .iter()
            .filter(|(holder, _)| matches!(holder, Holder::Account(_)))
            .map(|(_, bytes)| bytes)
            .sum::<usize>();
        let own = held.entry(holder.clone()).or_default();
        let fits = match holder {
            Holder::Stranger => *own + more <= BODIES_OF_STRANGERS,
            Holder::Owner => *own + more <= BODIES_OF_OWNER,
            Holder::Account(_) => *own + more <= BODIES_OF_ONE && accounts + more <= BODIES_OF_ALL,
        };
        if fits {
            *own += more;
        }
        // An entry for everybody who ever asked would grow for good.
        if *own == 0 {
            held.remove(holder);
        }
        if fits { Ok(()) } else { Err(Unread::NoRoom) }
    }

    fn give_back(&self, holder: &Holder, bytes: usize) {
        let mut held = self.lock();
        if let Some(own) = held.get_mut(holder) {
            *own = own.saturating_sub(bytes);
            if *own == 0 {
                held.remove(holder);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Holder, usize>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Held {
    fn grow(&mut self, more: usize) -> Result<(), Unread> {
        self.budget.take(&self.holder, more)?;
        self.bytes += more;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.give_back(&self.holder, self.bytes);
    }
}

/// Gathers the pieces in one place. Kept as they come they would hold more than they are: a piece
/// of one byte keeps the buffer alive that it was read into.
async fn gather<B>(mut body: B, most: usize, bound: usize, mut held: Held) -> Result<Whole, Unread>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut bytes: Vec<u8> = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(|_| Unread::Broken)?.into_data() else {
            return Err(Unread::Broken);
        };
        let length = bytes.len() + piece.len();
        if length > most {
            return Err(Unread::TooLarge);
        }
        if length > held.bytes {
            // Twice what there is, and no more than there can be; counted before it is taken.
            let wanted = (held.bytes * 2)
                .max(FIRST_BODY_BYTES)
                .max(length)
                .min(bound.max(length));
            held.grow(wanted - held.bytes)?;
            // Exactly: a vector that grows by itself would take more than was counted.
            bytes.reserve_exact(wanted - bytes.len());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Whole {
        bytes: Bytes::from(bytes),
        held,
    })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use http_body::Frame;
    use tokio::sync::mpsc::{Receiver, Sender, channel};
    use tokio::task::JoinHandle;

    use super::*;

    /// The largest that S3 takes whole.
    const BODY: usize = 2 * 1024 * 1024;

    /// A body whose pieces come when the test likes.
    struct Pieces(Receiver<Bytes>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            self.0
                .poll_recv(cx)
                .map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
        }
    }

    fn account(digit: usize) -> Holder {
        Holder::Account(AccountId::parse(&digit.to_string().repeat(12)).unwrap())
    }

    fn read(
        budget: &Arc<Budget>,
        holder: Holder,
    ) -> (Sender<Bytes>, JoinHandle<Result<Whole, Unread>>) {
        let (sender, pieces) = channel(1);
        let own = Arc::clone(budget);
        (
            sender,
            tokio::spawn(async move { own.whole(Pieces(pieces), BODY, holder).await }),
        )
    }

    #[tokio::test]
    async fn an_account_holds_its_share_and_no_more() {
        let budget = Arc::<Budget>::default();
        let (mut stalled, mut refused) = (Vec::new(), 0);
        for _ in 0..400 {
            let (sender, reading) = read(&budget, account(1));
            let piece = Bytes::from(vec![b'x'; 65_536]);
            let mut sent = 0;
            // All but the last piece.
            while sent < 31 && sender.send(piece.clone()).await.is_ok() {
                sent += 1;
            }
            assert!(budget.bytes() <= BODIES_OF_ONE, "{}", budget.bytes());
            if sent == 31 {
                stalled.push((sender, reading));
            } else {
                refused += 1;
                assert_eq!(reading.await.unwrap().unwrap_err(), Unread::NoRoom);
            }
        }
        assert_eq!((refused, stalled.len()), (392, 8));
        // Others have theirs.
        for holder in [account(2), Holder::Stranger, Holder::Owner] {
            assert_eq!(
                budget.whole(full(b"x"), 10, holder).await.unwrap().bytes,
                "x"
            );
        }
        for (sender, reading) in stalled {
            drop(sender);
            assert_eq!(reading.await.unwrap().unwrap().bytes.len(), 31 * 65_536);
        }
        assert_eq!(budget.bytes(), 0, "what is dropped is given back");
        assert!(budget.lock().is_empty());
        assert_eq!(
            budget
                .whole(full(b"x"), 10, account(1))
                .await
                .unwrap()
                .bytes,
            "x"
        );
    }

    fn full(bytes: &'static [u8]) -> http_body_util::Full<Bytes> {
        http_body_util::Full::new(Bytes::from_static(bytes))
    }

    #[tokio::test]
    async fn all_accounts_together_hold_what_all_may() {
        let budget = Arc::<Budget>::default();
        for digit in 1..=4 {
            budget.take(&account(digit), BODIES_OF_ONE).unwrap();
        }
        assert_eq!(budget.take(&account(5), 1), Err(Unread::NoRoom));
        assert_eq!(budget.take(&Holder::Stranger, BODIES_OF_STRANGERS), Ok(()));
        assert_eq!(budget.take(&Holder::Stranger, 1), Err(Unread::NoRoom));
        assert_eq!(budget.take(&Holder::Owner, 1), Ok(()));
        budget.give_back(&account(1), BODIES_OF_ONE);
        assert_eq!(budget.take(&account(5), 1), Ok(()));
    }

    #[tokio::test]
    async fn a_body_is_held_while_its_guard_is() {
        let budget = Arc::<Budget>::default();
        let whole = budget
            .whole(full(b"0123456789"), 10, account(1))
            .await
            .unwrap();
        assert_eq!(
            (whole.bytes.as_ref(), budget.bytes()),
            (b"0123456789".as_slice(), 10),
            "counted by its length where that is declared"
        );
        drop(whole.bytes);
        assert_eq!(budget.bytes(), 10);
        drop(whole.held);
        assert_eq!(budget.bytes(), 0);
        assert_eq!(
            budget
                .whole(full(b"01234567890"), 10, account(1))
                .await
                .unwrap_err(),
            Unread::TooLarge
        );
        assert_eq!(budget.bytes(), 0);
    }

    #[tokio::test]
    async fn many_small_pieces_are_one_body() {
        let budget = Arc::<Budget>::default();
        let (sender, reading) = read(&budget, account(1));
        for _ in 0..10_000 {
            sender.send(Bytes::from_static(b"x")).await.unwrap();
        }
        assert!(budget.bytes() <= 16_384, "{}", budget.bytes());
        drop(sender);
        assert_eq!(reading.await.unwrap().unwrap().bytes.len(), 10_000);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_arrive_is_given_up() {
        let budget = Arc::<Budget>::default();
        let (sender, reading) = read(&budget, account(1));
        sender.send(Bytes::from_static(b"x")).await.unwrap();
        assert_eq!(reading.await.unwrap().unwrap_err(), Unread::Late);
        assert_eq!(budget.bytes(), 0);
    }
}
