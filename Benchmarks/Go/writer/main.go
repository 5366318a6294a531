// Stores the orders of a queue's messages, 25 conditional inserts in a request.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"peers/aws"
	"peers/lambda"
	"peers/orders"
)

var (
	rows  = aws.NewRows(dynamodb.NewFromConfig(aws.Config()), os.Getenv("ORDERS_TABLE"))
	bands = orders.NewBands()
)

func main() { lambda.Run(handle) }

func handle(ctx context.Context, event []byte) ([]byte, error) {
	var batch orders.QueueEvent
	if err := orders.Decode(event, &batch); err != nil {
		return nil, err
	}
	items := make([]aws.Item, len(batch.Records))
	failed := make([]bool, len(batch.Records))
	for i := range batch.Records {
		item, err := row(batch.Records[i].Body)
		items[i], failed[i] = item, err != nil
	}
	var failures atomic.Int64
	rows.Insert(ctx, items, func(i int, err error) {
		failed[i] = true
		failures.Add(1)
	})
	answer := []byte(`{"batchItemFailures":[`)
	for i, hasFailed := range failed {
		if hasFailed {
			if answer[len(answer)-1] == '}' {
				answer = append(answer, ',')
			}
			answer = orders.AppendString(append(answer, `{"itemIdentifier":`...), batch.Records[i].MessageID)
			answer = append(answer, '}')
		}
	}
	lambda.Log(fmt.Appendf(nil, `{"level":"INFO","message":"batch done","read":%d,"failed":%d}`, len(items), failures.Load()))
	return append(answer, `]}`...), nil
}

// row is what is stored of a message, with each attribute's instant.
func row(body string) (aws.Item, error) {
	var envelope orders.Notification
	if err := orders.Decode([]byte(body), &envelope); err != nil {
		return nil, err
	}
	if envelope.Message != "" {
		body = envelope.Message
	}
	var order orders.Message
	if err := orders.Decode([]byte(body), &order); err != nil {
		return nil, err
	}
	instant := aws.S(order.Timestamp)
	item := make(aws.Item, 16)
	versions := make(aws.Item, 8)
	set := func(name string, value aws.Value) { item[name], versions[name] = value, instant }
	text := func(name string, value *string) {
		if value != nil {
			set(name, aws.S(*value))
		}
	}
	text("status", order.Status)
	text("currency", order.Currency)
	text("userId", order.UserID)
	text("customerEmail", order.Email)
	text("itemName", order.ItemName)
	text("correlationId", order.CorrelationID)
	if order.Quantity != nil {
		set("quantity", aws.N(strconv.FormatInt(*order.Quantity, 10)))
	}
	if order.Amount != nil {
		set("amount", aws.N(order.Amount.String()))
		item["amountBand"] = aws.S(bands.Name(*order.Amount))
	}
	if order.Email != nil {
		item["emailDomain"] = aws.S(strings.ToLower((*order.Email)[strings.LastIndexByte(*order.Email, '@')+1:]))
	}
	item["orderId"] = aws.S(order.OrderID)
	item["timestamp"], item["createdAt"], item["updatedAt"] = instant, instant, instant
	item["versions"] = aws.M(versions)
	return item, nil
}
