//! What a pod does with the Rust SDK: the exchange, S3, streams, a presigned URL, refusals and a
//! refresh, from its environment alone.
//!
//! Called as `judge BUCKET KEY FORBIDDEN_BUCKET`; prints one line of JSON, which
//! conformance/sdks.py judges.

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_sdk_s3::Client as Store;
use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sts::Client as Identity;
use serde_json::{Value, json};

/// The access key id that signed the last call: the SDK shows nobody what its identity cache holds.
#[derive(Clone, Debug, Default)]
struct Signed(Arc<Mutex<String>>);

impl Intercept for Signed {
    fn name(&self) -> &'static str {
        "Signed"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let authorization = context
            .request()
            .headers()
            .get("authorization")
            .unwrap_or_default();
        let key = authorization
            .split_once("Credential=")
            .and_then(|(_, scope)| scope.split('/').next())
            .unwrap_or_default();
        *self.0.lock().unwrap() = key.to_owned();
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let [bucket, key, forbidden] =
        <[String; 3]>::try_from(std::env::args().skip(1).collect::<Vec<_>>()).unwrap();
    let body = b"written by the Rust SDK\n";

    let config = aws_config::load_from_env().await;
    let (store, signed) = store(&config);
    let arn = Identity::new(&config)
        .get_caller_identity()
        .send()
        .await?
        .arn
        .unwrap_or_default();
    store
        .put_object()
        .bucket(&bucket)
        .key(&key)
        .body(ByteStream::from_static(body))
        .send()
        .await?;
    let mut written = read(&store, &bucket, &key).await? == body;
    let listed = store.list_objects_v2().bucket(&bucket).send().await?;
    let listed: Vec<_> = listed
        .contents()
        .iter()
        .filter_map(|object| object.key())
        .collect();
    let first = signed.0.lock().unwrap().clone();

    let streamed = streams(&store, &bucket, &key).await?;
    let presigned = presigned(&store, &bucket, &key).await?;

    let refused = refusal(store.get_object().bucket(&forbidden).key(&key).send().await)?;
    let uploads = uploads(&config, &forbidden, &key).await?;

    // Nothing in this SDK makes a cache forget. One that counts the last two hours of a session as
    // over asks anew each time.
    let impatient = IdentityCache::lazy()
        .buffer_time(Duration::from_secs(7200))
        .build();
    let config = aws_config::from_env()
        .identity_cache(impatient)
        .load()
        .await;
    let (store, signed) = self::store(&config);
    written &= read(&store, &bucket, &key).await? == body;
    let second = signed.0.lock().unwrap().clone();
    written &= read(&store, &bucket, &key).await? == body;
    let third = signed.0.lock().unwrap().clone();
    let refreshed = Identity::new(&config)
        .get_caller_identity()
        .send()
        .await?
        .arn
        .unwrap_or_default();

    let keys = [first, second, third];
    println!(
        "{}",
        json!({ "arn": arn, "written": written, "streamed": streamed, "presigned": presigned, "listed": listed,
            "refused": refused, "uploads": uploads, "keys": keys, "refreshed": refreshed })
    );
    Ok(())
}

fn store(config: &aws_config::SdkConfig) -> (Store, Signed) {
    let signed = Signed::default();
    (
        Store::from_conf(
            aws_sdk_s3::config::Builder::from(config)
                .interceptor(signed.clone())
                .build(),
        ),
        signed,
    )
}

async fn read(store: &Store, bucket: &str, key: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let object = store.get_object().bucket(bucket).key(key).send().await?;
    Ok(object.body.collect().await?.to_vec())
}

/// A file goes out in chunks with a trailer.
async fn streams(
    store: &Store,
    bucket: &str,
    key: &str,
) -> Result<Vec<&'static str>, Box<dyn Error>> {
    let large = b"0123456789abcdef\n".repeat(700_000);
    let file = std::env::temp_dir().join(format!("podpass-rust-{}", std::process::id()));
    std::fs::write(&file, &large)?;
    let key = format!("{key}-trailer");
    store
        .put_object()
        .bucket(bucket)
        .key(&key)
        .body(ByteStream::from_path(&file).await?)
        .send()
        .await?;
    std::fs::remove_file(&file)?;
    Ok(if read(store, bucket, &key).await? == large {
        vec!["trailer"]
    } else {
        Vec::new()
    })
}

/// What the presigned URL asks for; conformance/sdks.py fetches it.
async fn presigned(store: &Store, bucket: &str, key: &str) -> Result<String, Box<dyn Error>> {
    let request = store
        .get_object()
        .bucket(bucket)
        .key(key)
        .presigned(PresigningConfig::expires_in(Duration::from_secs(300))?)
        .await?;
    Ok(request.uri().to_owned())
}

/// Tried once each: a connection that breaks before the answer is read is seen.
async fn uploads(
    config: &aws_config::SdkConfig,
    forbidden: &str,
    key: &str,
) -> Result<Vec<Value>, Box<dyn Error>> {
    let once = Store::from_conf(
        aws_sdk_s3::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .build(),
    );
    let mut refusals = Vec::new();
    for _ in 0..10 {
        let body = ByteStream::from(vec![0; 900 << 10]);
        let put = once.put_object().bucket(forbidden).key(key).body(body);
        refusals.push(refusal(put.send().await)?);
    }
    Ok(refusals)
}

fn refusal<T, E>(result: Result<T, SdkError<E>>) -> Result<Value, Box<dyn Error>>
where
    SdkError<E>: ProvideErrorMetadata + Error + 'static,
{
    let error = result.err().ok_or("no refusal")?;
    match error.raw_response().map(|raw| raw.status().as_u16()) {
        Some(status) => Ok(json!({ "code": error.code(), "status": status })),
        None => Err(error.into()),
    }
}
