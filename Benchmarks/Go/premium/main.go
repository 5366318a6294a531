// The processor of premium orders: those that went from pending to shipped are published, ten in a request.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"peers/aws"
	"peers/lambda"
	"peers/orders"
)

const most = 10

var (
	topic    = sdk.String(os.Getenv("PREMIUM_TOPIC_ARN"))
	rules    = orders.NewRules("PREMIUM")
	client   = sns.NewFromConfig(aws.Config())
	dataType = sdk.String("String")
)

// change is a record of the table's stream, with those attributes alone that are looked at.
type change struct {
	EventID   string `json:"eventID"`
	EventName string `json:"eventName"`
	DynamoDB  struct {
		New struct {
			OrderID       orders.Value `json:"orderId"`
			Status        orders.Value `json:"status"`
			Amount        orders.Value `json:"amount"`
			Currency      orders.Value `json:"currency"`
			UserID        orders.Value `json:"userId"`
			Email         orders.Value `json:"customerEmail"`
			CorrelationID orders.Value `json:"correlationId"`
			Timestamp     orders.Value `json:"timestamp"`
		} `json:"NewImage"`
		Old struct {
			Status orders.Value `json:"status"`
		} `json:"OldImage"`
	} `json:"dynamodb"`
}

func main() { lambda.Run(handle) }

func handle(ctx context.Context, event []byte) ([]byte, error) {
	var changes []change
	if err := orders.Decode(event, &changes); err != nil {
		return nil, err
	}
	var wanted []*change
	for i := range changes {
		change := &changes[i]
		image := &change.DynamoDB.New
		if change.EventName == "MODIFY" && change.DynamoDB.Old.Status.S == "pending" &&
			image.Status.S == "shipped" && rules.IsWanted(image.Amount, image.Email.S) {
			wanted = append(wanted, change)
		}
	}
	// By event, whether SNS took it.
	failed := make([]bool, len(wanted))
	err := aws.Each((len(wanted)+most-1)/most, func(batch int) error {
		start := batch * most
		return publish(ctx, wanted[start:min(start+most, len(wanted))], failed[start:])
	})
	if err != nil {
		return nil, err
	}
	return answer(len(changes), wanted, failed), nil
}

func publish(ctx context.Context, changes []*change, failed []bool) error {
	entries := make([]types.PublishBatchRequestEntry, len(changes))
	for i, change := range changes {
		image := &change.DynamoDB.New
		message := append(make([]byte, 0, 256), `{"orderId":`...)
		message = orders.AppendString(message, image.OrderID.S)
		message = orders.AppendMember(message, "amount", image.Amount.Text())
		message = orders.AppendMember(message, "currency", image.Currency.S)
		message = orders.AppendMember(message, "customerId", image.UserID.S)
		message = orders.AppendMember(message, "eventID", change.EventID)
		message = append(orders.AppendMember(message, "shippedAt", image.Timestamp.S), '}')
		entries[i] = types.PublishBatchRequestEntry{
			Id:      sdk.String(strconv.Itoa(i)),
			Message: sdk.String(string(message)),
			MessageAttributes: map[string]types.MessageAttributeValue{
				"eventID": {DataType: dataType, StringValue: &change.EventID},
			},
		}
	}
	output, err := client.PublishBatch(ctx, &sns.PublishBatchInput{TopicArn: topic, PublishBatchRequestEntries: entries})
	if err != nil {
		return err
	}
	for _, failure := range output.Failed {
		if number, err := strconv.Atoi(*failure.Id); err == nil {
			failed[number] = true
		}
	}
	return nil
}

func answer(read int, wanted []*change, failed []bool) []byte {
	failures, processed := []byte(`{"batchItemFailures":[`), []byte(`],"statusCode":200,"premiumOrdersProcessed":[`)
	var line []byte
	count := 0
	for i, change := range wanted {
		if failed[i] {
			if failures[len(failures)-1] == '}' {
				failures = append(failures, ',')
			}
			failures = append(orders.AppendString(append(failures, `{"itemIdentifier":`...), change.EventID), '}')
			continue
		}
		if count > 0 {
			processed = append(processed, ',')
		}
		processed = orders.AppendString(processed, change.DynamoDB.New.OrderID.S)
		count++
		line = append(line[:0], `{"level":"INFO","message":"premium order shipped"`...)
		line = orders.AppendMember(line, "order_id", change.DynamoDB.New.OrderID.S)
		line = orders.AppendMember(line, "amount", change.DynamoDB.New.Amount.Text())
		line = orders.AppendMember(line, "event_id", change.EventID)
		if id := change.DynamoDB.New.CorrelationID.S; id != "" {
			line = orders.AppendMember(line, "correlation_id", id)
		}
		lambda.Log(append(line, '}'))
	}
	lambda.Log(fmt.Appendf(nil, `{"level":"INFO","message":"batch done","read":%d,"processed":%d}`, read, count))
	return append(append(failures, processed...), `]}`...)
}
