// What a pod does with the JavaScript SDK v3: the exchange, S3, a refusal and a refresh, from its environment alone.
//
// Called as `judge.mjs BUCKET KEY FORBIDDEN_BUCKET`; prints one line of JSON, which conformance/sdks.py judges.
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const [Bucket, Key, forbidden] = process.argv.slice(2);
const identity = new STSClient();
const store = new S3Client();

const arn = async () => (await identity.send(new GetCallerIdentityCommand())).Arn;
const read = async () => (await store.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString();
// Each client has a cache of its own. Forced, it reads the token file again, and what it then holds signs its next call.
const key = async (client, forceRefresh) => (await client.config.credentials({ forceRefresh })).accessKeyId;

const out = { arn: await arn(), keys: [await key(store, false)] };
const body = "written by the JavaScript SDK\n";
await store.send(new PutObjectCommand({ Bucket, Key, Body: body }));
out.written = (await read()) === body;
out.listed = (await store.send(new ListObjectsV2Command({ Bucket }))).Contents.map((object) => object.Key);

try {
  await store.send(new GetObjectCommand({ Bucket: forbidden, Key }));
} catch (error) {
  out.refused = { code: error.name, status: error.$metadata?.httpStatusCode };
  if (error.name !== "AccessDenied" || error.$metadata?.httpStatusCode !== 403) throw error;
}
if (!out.refused) throw new Error("no refusal");

await key(identity, true);
await key(store, true);
out.written &&= (await read()) === body;
out.refreshed = await arn();
out.keys.push(await key(store, false));
console.log(JSON.stringify(out));
