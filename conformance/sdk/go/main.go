// What a pod does with the Go SDK v2: the exchange, S3, a refusal and a refresh, from its environment alone.
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
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

type result struct {
	ARN       string   `json:"arn"`
	Written   bool     `json:"written"`
	Listed    []string `json:"listed"`
	Refused   refusal  `json:"refused"`
	Keys      []string `json:"keys"`
	Refreshed string   `json:"refreshed"`
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

	_, err := store.GetObject(ctx, &s3.GetObjectInput{Bucket: &forbidden, Key: &key})
	var code smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &code) || !errors.As(err, &response) {
		log.Fatalf("no refusal: %v", err)
	}
	out.Refused = refusal{code.ErrorCode(), response.HTTPStatusCode()}
	if out.Refused != (refusal{"AccessDenied", 403}) {
		log.Fatalf("no AccessDenied: %v", err)
	}

	// The cache that both clients share forgets; the next call reads the token file again.
	cfg.Credentials.(*aws.CredentialsCache).Invalidate()
	out.Written = out.Written && bytes.Equal(read(ctx, store, bucket, key), body)
	out.Refreshed = aws.ToString(must(identity.GetCallerIdentity(ctx, nil)).Arn)
	out.Keys = append(out.Keys, must(cfg.Credentials.Retrieve(ctx)).AccessKeyID)

	must(0, json.NewEncoder(os.Stdout).Encode(out))
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
