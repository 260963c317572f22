//! Every limit and quota of the server, each with its reason and its arithmetic. Who may use up
//! what is decided here; how it is counted is left to whoever uses it.
//!
//! The pure crates keep their own, because they hold wherever those crates are used: `wire`
//! (`headers.rs`, `target.rs`, `words.rs`: a request's head and form), `token` (documents and key
//! sets), `policy::json`, `policy/compiled/effort.rs` and `authority/effort.rs` (what a decision
//! may cost), `authority/form/` and `authority/parameters.rs` (parameters),
//! `authority/refusal/body.rs` (an upload), `authority/left_out/bound.rs` (one record),
//! `authority/iam/` (IAM's quotas). How long keys and certificates live is no limit but a rule, and
//! stays in `keys/`; how often an issuer is asked can be set, and is [`crate::Pace`].

use std::time::Duration;

use authority::iam::MOST_PUSHED_BYTES;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

// Connections. Whoever may connect must not use up the file descriptors that store and log need:
// three listeners of 1,024 and the control socket's 64 are 3,136, three files for each of 512 calls
// at the store 1,536, a socket for each of 80 fetches and 256 files of decisions: some 5,000
// together, and `podpass up` asks the system for 16,384.

/// Connections at once on one listener.
pub(crate) const CONNECTIONS: usize = 1_024;
/// Connections at once on the control socket, which its owner alone may use.
pub(crate) const CONTROL_CONNECTIONS: usize = 64;
/// How long a client may take for TLS and for a request's head.
pub(crate) const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take nothing of what is sent to it.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection is read on, and the bytes thrown away, that is closed while its client is
/// still sending: long enough to read an answer on any line.
pub(crate) const LINGER_TIMEOUT: Duration = Duration::from_secs(2);
/// How many bytes of it: what a client has under way before it looks whether there is an answer.
pub(crate) const LINGER_BYTES: usize = MIB;
/// Buffer for a head: the longest target (16 KiB) and all headers (32 KiB), with what is
/// between them.
pub(crate) const HEAD_BYTES: usize = 64 * KIB;
/// How long nothing is accepted after a failure: out of files, most likely, and asking at once
/// would only burn a core.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

// Bodies.

/// Bodies that are read whole, of all accounts together: what four accounts may hold.
pub(crate) const BODIES_OF_ALL: usize = 64 * MIB;
/// The same of one account: eight bodies of 2 MiB, the largest that S3 takes whole.
pub(crate) const BODIES_OF_ONE: usize = 16 * MIB;
/// What callers hold who are not known yet: a form of 64 KiB on every connection of a port.
pub(crate) const BODIES_OF_STRANGERS: usize = CONNECTIONS * wire::MAX_FORM_BYTES;
/// What the owner has at the control socket: a key set on every connection is 9 MB.
pub(crate) const BODIES_OF_OWNER: usize = 16 * MIB;
/// How much is held for a body that begins; it doubles from there.
pub(crate) const FIRST_BODY_BYTES: usize = 4 * KIB;
/// How long a whole body may take to arrive.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a body that streams may rest between two pieces. As a whole it takes as long as it
/// takes.
pub(crate) const BODY_IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// A longer body is hashed and parsed beside the workers: a megabyte costs some ten milliseconds,
/// this less than one.
pub(crate) const LONG_BODY_BYTES: usize = 64 * KIB;
/// Largest question at the control socket.
pub(crate) const QUESTION_BYTES: usize = 64 * KIB;
/// The same with a key set in it, of which every character may need an escape.
pub(crate) const QUESTION_WITH_KEYS_BYTES: usize = 2 * MOST_PUSHED_BYTES + 4 * KIB;

// What runs beside the workers.

/// IAM reads at a time.
pub(crate) const READS: usize = 4;
/// Long decisions at a time.
pub(crate) const DECISIONS: usize = 4;
/// How many of either may be one account's: half, so that the others always have the other half.
pub(crate) const OF_ONE_ACCOUNT: usize = 2;
/// Calls at the store at a time, each with a file or two; and as many uploads, whose bodies may be
/// slow.
pub(crate) const STORE_CALLS: usize = 512;
/// How many of either may be one account's.
pub(crate) const STORE_CALLS_OF_ONE: usize = 128;
/// How long a slot is waited for where waiting is no use for ever: as long as for a body.
pub(crate) const SLOT_TIMEOUT: Duration = BODY_TIMEOUT;
/// How often one write is decided anew over a newer snapshot. Each time another writer got through,
/// so something was done.
pub(crate) const WRITE_ATTEMPTS: u32 = 8;
/// How often objects are looked at anew for one decision: others got through each time.
pub(crate) const LOOKS: u32 = 8;
/// Revisions that the store's feed remembers. A follower that is further behind starts from a
/// snapshot.
pub(crate) const FEED_REVISIONS: u64 = 4_096;

// The decision log.

/// Size at which a file of decisions is set aside; one older file is kept beside it, so an
/// account's share is 16 MiB: a thousand of the longest records.
pub(crate) const DECISION_FILE_BYTES: u64 = 8 * 1024 * 1024;
/// What is held of one share for a disk that is full: some 2,000 decisions.
pub(crate) const UNWRITTEN_BYTES: usize = 2 * MIB;
/// The same of all shares together.
pub(crate) const UNWRITTEN_BYTES_OF_ALL: usize = 8 * UNWRITTEN_BYTES;
/// What the writer gathers of one share before it writes, so that a file is set aside in time.
pub(crate) const GATHERED_BYTES: usize = MIB;
/// How long the writer gathers before it writes. A busy server then wakes it some hundred times a
/// second, not once a decision.
pub(crate) const GATHER: Duration = Duration::from_millis(5);
/// Records that wait for the writer, of all accounts. Beyond it they are counted, not waited for:
/// 64 MiB of the longest.
pub(crate) const QUEUE: usize = 4_096;
/// Records of one account that wait: four accounts' floods fill the queue.
pub(crate) const QUEUE_OF_ONE: usize = 1_024;
/// Records of an account that there is room for however many others wait; without it those four
/// would be all that is kept.
pub(crate) const QUEUE_OF_EACH: usize = 64;
/// Files of decisions that stay open between two records.
pub(crate) const OPEN_DECISION_FILES: usize = 256;
/// Refusals of strangers that are remembered for each account, and for requests that name none.
pub(crate) const STRANGERS_RING: usize = 256;
/// How long a kind of strangers' refusals is counted before its sum is told in the log.
pub(crate) const LINES_WINDOW: Duration = Duration::from_secs(10);
/// Refusals of a kind that have a line of their own in that time.
pub(crate) const OWN_LINES: u64 = 5;
/// How long a stop waits for what was decided to be written. Connections end at once; this is for a
/// disk that does not.
pub(crate) const LAST_DECISIONS: Duration = Duration::from_secs(5);

// Issuers and their tokens.

/// Fetches of keys at once, of all accounts.
pub(crate) const FETCHES: usize = 64;
/// Fetches of keys at once, of one account.
pub(crate) const FETCHES_OF_ONE: usize = 4;
/// Fetches of a chain's thumbprint at once, of all accounts. They are apart: whoever may register
/// providers can name hosts that never answer, and no exchange of a token waits for them.
pub(crate) const THUMBPRINT_FETCHES: usize = 16;
/// The same of one account.
pub(crate) const THUMBPRINT_FETCHES_OF_ONE: usize = 2;
/// Largest document of an issuer; `token::KeySet` takes no larger one.
pub(crate) const DOCUMENT_BYTES: usize = 256 * KIB;
/// Largest head of an issuer's answer.
pub(crate) const DOCUMENT_HEAD_BYTES: usize = 16 * KIB;
/// Most header fields of it.
pub(crate) const DOCUMENT_HEADERS: usize = 64;
/// Addresses of an issuer's name that are tried.
pub(crate) const ADDRESSES: usize = 3;
/// How long each: three failures leave two seconds of the five that a fetch may take.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Longest chain of certificates that is looked at; real ones have two to four.
pub(crate) const CHAIN: usize = 10;
/// Requests that wait for one provider's keys at once. Anybody can name a registered issuer, and
/// one that drips slowly must not hold all connections: 64 of 1,024.
pub(crate) const WAITING_FOR_KEYS: usize = 64;
/// Verified tokens in one of two halves. Of a token the claims that are asked for later are kept:
/// less than 1 kB of most, so two halves of 2,048 are some 4 MB.
pub(crate) const VERIFIED_TOKENS: usize = 2_048;
/// Longest token that is remembered.
pub(crate) const REMEMBERED_TOKEN_BYTES: usize = 4 * KIB;
/// What a remembered token may take in memory: 4,096 of them take 64 MB at the worst. Fifty session
/// tags take some 12 kB.
pub(crate) const REMEMBERED_TOKEN_WEIGHT: usize = 16 * KIB;
