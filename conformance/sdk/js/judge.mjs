// What a pod does with the JavaScript SDK v3: the exchange, S3, streams, a presigned URL, refusals and a refresh, from its environment alone.
//
// Called as `judge.mjs BUCKET KEY FORBIDDEN_BUCKET`; prints one line of JSON, which conformance/sdks.py judges.
import { Readable } from "node:stream";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const [Bucket, Key, forbidden] = process.argv.slice(2);
const identity = new STSClient();
const store = new S3Client();

const arn = async () => (await identity.send(new GetCallerIdentityCommand())).Arn;
const bytes = async (Key) => (await store.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString();
const read = () => bytes(Key);
// Each client has a cache of its own. Forced, it reads the token file again, and what it then holds signs its next call.
const key = async (client, forceRefresh) => (await client.config.credentials({ forceRefresh })).accessKeyId;

async function refused(client, command) {
  try {
    await client.send(command);
  } catch (error) {
    if (!error.$metadata?.httpStatusCode) throw error;
    return { code: error.name, status: error.$metadata.httpStatusCode };
  }
  throw new Error("no refusal");
}

const out = { arn: await arn(), keys: [await key(store, false)] };
const body = "written by the JavaScript SDK\n";
await store.send(new PutObjectCommand({ Bucket, Key, Body: body }));
out.written = (await read()) === body;
out.listed = (await store.send(new ListObjectsV2Command({ Bucket }))).Contents.map((object) => object.Key);

// A stream of known length goes out in chunks with a trailer, one of unknown length as parts.
const line = "0123456789abcdef\n";
const large = line.repeat(700_000);
const stream = () => Readable.from(Array.from({ length: 100 }, () => Buffer.from(line.repeat(7_000))), { objectMode: false });
out.streamed = [];
await store.send(new PutObjectCommand({ Bucket, Key: `${Key}-trailer`, Body: stream(), ContentLength: large.length }));
if ((await bytes(`${Key}-trailer`)) === large) out.streamed.push("trailer");
await new Upload({ client: store, params: { Bucket, Key: `${Key}-parts`, Body: stream() } }).done();
if ((await bytes(`${Key}-parts`)) === large) out.streamed.push("parts");

const answer = await fetch(await getSignedUrl(store, new GetObjectCommand({ Bucket, Key })));
out.presigned = answer.status === 200 && (await answer.text()) === body;

out.refused = await refused(store, new GetObjectCommand({ Bucket: forbidden, Key }));
// Tried once each: a connection that breaks before the answer is read is seen.
const once = new S3Client({ maxAttempts: 1, credentials: store.config.credentials });
out.uploads = [];
for (let time = 0; time < 10; time++) {
  out.uploads.push(await refused(once, new PutObjectCommand({ Bucket: forbidden, Key, Body: Buffer.alloc(900 << 10) })));
}

await key(identity, true);
await key(store, true);
out.written &&= (await read()) === body;
out.refreshed = await arn();
out.keys.push(await key(store, false));
console.log(JSON.stringify(out));
