// Package aws makes clients without the SDK's search for a configuration: Lambda gives keys and region by variables.
package aws

import (
	"context"
	"net/http"
	"os"
	"sync"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	sdkhttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// Requests side by side, as many as the other handlers have connections.
const Parallel = 20

// Config has static credentials, kept connections, and the endpoint of AWS_ENDPOINT_URL where there is one.
func Config() sdk.Config {
	credentials := sdk.Credentials{
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
	}
	config := sdk.Config{
		Region: os.Getenv("AWS_REGION"),
		Credentials: sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
			return credentials, nil
		}),
		HTTPClient: sdkhttp.NewBuildableClient().WithTransportOptions(func(transport *http.Transport) {
			transport.MaxIdleConnsPerHost = Parallel
		}),
	}
	if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		config.EndpointResolverWithOptions = sdk.EndpointResolverWithOptionsFunc(
			func(service, region string, options ...any) (sdk.Endpoint, error) {
				return sdk.Endpoint{URL: endpoint, SigningRegion: config.Region, HostnameImmutable: true}, nil
			})
	}
	return config
}

// Each calls work for the numbers below count, so many of them at once, and gives the first error.
func Each(count int, work func(int) error) error {
	if count == 1 {
		return work(0)
	}
	var group sync.WaitGroup
	var once sync.Once
	var first error
	numbers := make(chan int, count)
	for number := range count {
		numbers <- number
	}
	close(numbers)
	for range min(count, Parallel) {
		group.Add(1)
		go func() {
			defer group.Done()
			for number := range numbers {
				if err := work(number); err != nil {
					once.Do(func() { first = err })
				}
			}
		}()
	}
	group.Wait()
	return first
}
