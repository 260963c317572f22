// What a pod does with the Go SDK v2: the exchange, S3, streams, presigned URLs, refusals and a refresh, from its environment alone.
//
// Called as `judge BUCKET KEY FORBIDDEN_BUCKET`; prints one line of JSON, which conformance/sdks.py judges.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

type result struct {
	ARN       string    `json:"arn"`
	Written   bool      `json:"written"`
	Streamed  []string  `json:"streamed"`
	Presigned bool      `json:"presigned"`
	Listed    []string  `json:"listed"`
	Refused   refusal   `json:"refused"`
	Uploads   []refusal `json:"uploads"`
	Keys      []string  `json:"keys"`
	Refreshed string    `json:"refreshed"`
}

type refusal struct {
	Code   string `json:"code"`
	Status int    `json:"status"`
}

func main() {
	bucket, key, forbidden := os.Args[1], os.Args[2], os.Args[3]
	ctx := context.Background()
	cfg := must(config.LoadDefaultConfig(ctx))
	identity, store := sts.NewFromConfig(cfg), s3.NewFromConfig(cfg)
	var out result

	out.ARN = aws.ToString(must(identity.GetCallerIdentity(ctx, nil)).Arn)
	out.Keys = append(out.Keys, must(cfg.Credentials.Retrieve(ctx)).AccessKeyID)

	body := []byte("written by the Go SDK\n")
	must(store.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)}))
	out.Written = bytes.Equal(read(ctx, store, bucket, key), body)
	for _, object := range must(store.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket})).Contents {
		out.Listed = append(out.Listed, aws.ToString(object.Key))
	}
	out.Streamed = streams(ctx, store, bucket, key)

	link := must(s3.NewPresignClient(store).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key}))
	answer := must(http.Get(link.URL))
	out.Presigned = answer.StatusCode == 200 && bytes.Equal(must(io.ReadAll(answer.Body)), body)

	out.Refused = refused(store.GetObject(ctx, &s3.GetObjectInput{Bucket: &forbidden, Key: &key}))
	// Tried once each: a connection that breaks before the answer is read is seen. Below 2 MiB this SDK does not ask first
	// whether the body is wanted.
	once := func(options *s3.Options) { options.RetryMaxAttempts = 1 }
	for _, size := range []int{900 << 10, 20 << 20} {
		for range 20 {
			large := bytes.NewReader(make([]byte, size))
			out.Uploads = append(out.Uploads, refused(store.PutObject(ctx, &s3.PutObjectInput{Bucket: &forbidden, Key: &key, Body: large}, once)))
		}
	}

	// The cache that both clients share forgets; the next call reads the token file again.
	cfg.Credentials.(*aws.CredentialsCache).Invalidate()
	out.Written = out.Written && bytes.Equal(read(ctx, store, bucket, key), body)
	out.Refreshed = aws.ToString(must(identity.GetCallerIdentity(ctx, nil)).Arn)
	out.Keys = append(out.Keys, must(cfg.Credentials.Retrieve(ctx)).AccessKeyID)

	must(0, json.NewEncoder(os.Stdout).Encode(out))
}

// What cannot be read twice: in parts of an upload, and at once, unsigned, since this SDK has trailers over TLS alone.
func streams(ctx context.Context, store *s3.Client, bucket, key string) (whole []string) {
	large := bytes.Repeat([]byte("0123456789abcdef\n"), 700_000)
	once := func() io.Reader { return io.MultiReader(bytes.NewReader(large)) }
	name := key + "-parts"
	must(transfermanager.New(store).UploadObject(ctx, &transfermanager.UploadObjectInput{Bucket: &bucket, Key: &name, Body: once()}))
	if bytes.Equal(read(ctx, store, bucket, name), large) {
		whole = append(whole, "parts")
	}
	name = key + "-unsigned"
	unsigned := func(options *s3.Options) {
		options.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		options.APIOptions = append(options.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
	}
	must(store.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &name, Body: once(), ContentLength: aws.Int64(int64(len(large)))}, unsigned))
	if bytes.Equal(read(ctx, store, bucket, name), large) {
		whole = append(whole, "unsigned")
	}
	return whole
}

func refused[T any](_ T, err error) refusal {
	var code smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &code) || !errors.As(err, &response) {
		log.Fatalf("no refusal: %v", err)
	}
	return refusal{code.ErrorCode(), response.HTTPStatusCode()}
}

func read(ctx context.Context, store *s3.Client, bucket, key string) []byte {
	object := must(store.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key}))
	defer object.Body.Close()
	return must(io.ReadAll(object.Body))
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
