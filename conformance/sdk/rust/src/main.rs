//! What a pod does with the Rust SDK: the exchange, S3, a refusal and a refresh, from its
//! environment alone.
//!
//! Called as `judge BUCKET KEY FORBIDDEN_BUCKET`; prints one line of JSON, which
//! conformance/sdks.py judges.

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_sdk_s3::Client as Store;
use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata as _};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sts::Client as Identity;
use serde_json::json;

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

    let refused = store
        .get_object()
        .bucket(&forbidden)
        .key(&key)
        .send()
        .await
        .err()
        .ok_or("no refusal")?;
    let (code, status) = (
        refused.code().unwrap_or_default(),
        refused.raw_response().map(|raw| raw.status().as_u16()),
    );
    if (code, status) != ("AccessDenied", Some(403)) {
        return Err(format!("no AccessDenied: {refused:?}").into());
    }

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

    let refused = json!({ "code": code, "status": status });
    let keys = [first, second, third];
    println!(
        "{}",
        json!({ "arn": arn, "written": written, "listed": listed, "refused": refused, "keys": keys, "refreshed": refreshed })
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
