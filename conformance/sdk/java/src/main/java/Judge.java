// What a pod does with the Java SDK v2: the exchange, S3, streams, a presigned URL, refusals and a refresh, from its environment alone.
//
// Called as `Judge BUCKET KEY FORBIDDEN_BUCKET`; prints one line of JSON, which conformance/sdks.py judges.

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.services.sts.StsClient;

public final class Judge {
    /** The access key id that signed the last call of S3: to ask a provider for it may be one more exchange. */
    private static final AtomicReference<String> signed = new AtomicReference<>();

    private static final class Signed implements ExecutionInterceptor {
        @Override
        public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
            String authorization = context.httpRequest().firstMatchingHeader("Authorization").orElse("");
            signed.set(authorization.replaceFirst(".*Credential=([^/]*)/.*", "$1"));
        }
    }

    public static void main(String[] arguments) throws IOException {
        String bucket = arguments[0];
        String key = arguments[1];
        String forbidden = arguments[2];
        String body = "written by the Java SDK\n";

        AwsCredentialsProvider chain = DefaultCredentialsProvider.builder().build();
        S3Client store = store(chain);
        StsClient identity = StsClient.builder().credentialsProvider(chain).build();
        String arn = identity.getCallerIdentity().arn();
        store.putObject(request -> request.bucket(bucket).key(key), RequestBody.fromString(body));
        boolean written = read(store, bucket, key).equals(body);
        String first = signed.get();
        List<S3Object> objects = store.listObjectsV2(request -> request.bucket(bucket)).contents();
        String listed = objects.stream().map(object -> quoted(object.key())).collect(Collectors.joining(", "));

        List<String> streamed = streams(store, bucket, key);
        boolean presigned = presigned(chain, bucket, key).equals(body);

        String refused = refused(() -> read(store, forbidden, key));
        // Tried once each: a connection that breaks before the answer is read is seen.
        S3Client once = S3Client.builder().credentialsProvider(chain).overrideConfiguration(client -> client.retryStrategy(
                DefaultRetryStrategy.standardStrategyBuilder().maxAttempts(1).build())).build();
        List<String> uploads = new ArrayList<>();
        for (int time = 0; time < 10; time++) {
            uploads.add(refused(() -> once.putObject(request -> request.bucket(forbidden).key(key), RequestBody.fromBytes(new byte[900 << 10]))));
        }

        // Nothing in this SDK makes a provider forget. One for which the last two hours of a session are stale asks anew each
        // time; role and token file are the environment's as before.
        AwsCredentialsProvider impatient = WebIdentityTokenFileCredentialsProvider.builder()
                .prefetchTime(Duration.ofHours(2)).staleTime(Duration.ofHours(2)).build();
        S3Client again = store(impatient);
        written &= read(again, bucket, key).equals(body);
        String second = signed.get();
        written &= read(again, bucket, key).equals(body);
        String third = signed.get();
        String refreshed = StsClient.builder().credentialsProvider(impatient).build().getCallerIdentity().arn();

        System.out.println("{\"arn\": " + quoted(arn) + ", \"written\": " + written + ", \"streamed\": [" + String.join(", ", streamed)
                + "], \"presigned\": " + presigned + ", \"listed\": [" + listed + "], \"refused\": " + refused + ", \"uploads\": "
                + uploads + ", \"keys\": [" + quoted(first) + ", " + quoted(second) + ", " + quoted(third) + "], \"refreshed\": "
                + quoted(refreshed) + "}");
    }

    // With the SDK's defaults, which over http sign an upload chunk by chunk and put its checksum into a trailer.
    private static S3Client store(AwsCredentialsProvider credentials) {
        return S3Client.builder().credentialsProvider(credentials)
                .overrideConfiguration(client -> client.addExecutionInterceptor(new Signed())).build();
    }

    /** What is read once, of known length and of unknown. */
    private static List<String> streams(S3Client store, String bucket, String key) {
        byte[] large = "0123456789abcdef\n".repeat(700_000).getBytes(StandardCharsets.US_ASCII);
        List<String> whole = new ArrayList<>();
        store.putObject(request -> request.bucket(bucket).key(key + "-trailer"), RequestBody.fromInputStream(new ByteArrayInputStream(large), large.length));
        if (Arrays.equals(bytes(store, bucket, key + "-trailer"), large)) {
            whole.add(quoted("trailer"));
        }
        ContentStreamProvider unknown = () -> new ByteArrayInputStream(large);
        store.putObject(request -> request.bucket(bucket).key(key + "-unknown").checksumAlgorithm(ChecksumAlgorithm.SHA256),
                RequestBody.fromContentProvider(unknown, "text/plain"));
        if (Arrays.equals(bytes(store, bucket, key + "-unknown"), large)) {
            whole.add(quoted("unknown"));
        }
        return whole;
    }

    private static String presigned(AwsCredentialsProvider credentials, String bucket, String key) throws IOException {
        try (S3Presigner presigner = S3Presigner.builder().credentialsProvider(credentials).build()) {
            URL url = presigner.presignGetObject(ask -> ask.signatureDuration(Duration.ofMinutes(5))
                    .getObjectRequest(request -> request.bucket(bucket).key(key))).url();
            try (InputStream answer = url.openStream()) {
                return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    private static String refused(Runnable call) {
        try {
            call.run();
        } catch (S3Exception error) {
            return "{\"code\": " + quoted(error.awsErrorDetails().errorCode()) + ", \"status\": " + error.statusCode() + "}";
        }
        throw new AssertionError("no refusal");
    }

    private static byte[] bytes(S3Client store, String bucket, String key) {
        return store.getObjectAsBytes(request -> request.bucket(bucket).key(key)).asByteArray();
    }

    private static String read(S3Client store, String bucket, String key) {
        return store.getObjectAsBytes(request -> request.bucket(bucket).key(key)).asUtf8String();
    }

    // What stands here has no character that JSON would escape.
    private static String quoted(String text) {
        return '"' + text + '"';
    }
}
