// What a pod does with the Java SDK v2: the exchange, S3, a refusal and a refresh, from its environment alone.
//
// Called as `Judge BUCKET KEY FORBIDDEN_BUCKET`; prints one line of JSON, which conformance/sdks.py judges.

import java.time.Duration;
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
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
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

    public static void main(String[] arguments) {
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

        String refused;
        try {
            read(store, forbidden, key);
            throw new AssertionError("no refusal");
        } catch (S3Exception error) {
            if (!"AccessDenied".equals(error.awsErrorDetails().errorCode()) || error.statusCode() != 403) {
                throw error;
            }
            refused = "{\"code\": " + quoted(error.awsErrorDetails().errorCode()) + ", \"status\": " + error.statusCode() + "}";
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

        System.out.println("{\"arn\": " + quoted(arn) + ", \"written\": " + written + ", \"listed\": [" + listed + "], \"refused\": "
                + refused + ", \"keys\": [" + quoted(first) + ", " + quoted(second) + ", " + quoted(third) + "], \"refreshed\": "
                + quoted(refreshed) + "}");
    }

    // No variable can ask for whole bodies, and this SDK signs what it uploads in chunks, which the gate refuses.
    private static S3Client store(AwsCredentialsProvider credentials) {
        return S3Client.builder().credentialsProvider(credentials)
                .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false))
                .overrideConfiguration(client -> client.addExecutionInterceptor(new Signed())).build();
    }

    private static String read(S3Client store, String bucket, String key) {
        return store.getObjectAsBytes(request -> request.bucket(bucket).key(key)).asUtf8String();
    }

    // What stands here has no character that JSON would escape.
    private static String quoted(String text) {
        return '"' + text + '"';
    }
}
