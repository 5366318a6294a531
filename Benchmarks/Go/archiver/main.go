// Archives a batch as one gzip object, stores its orders, then moves the shard's checkpoint.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"peers/aws"
	"peers/lambda"
	"peers/orders"
)

var (
	config      = aws.Config()
	database    = dynamodb.NewFromConfig(config)
	rows        = aws.NewRows(database, os.Getenv("ORDERS_TABLE"))
	checkpoints = sdk.String(os.Getenv("CHECKPOINTS_TABLE"))
	bucket      = sdk.String(os.Getenv("ARCHIVE_BUCKET"))
	store       = s3.NewFromConfig(config, func(options *s3.Options) { options.UsePathStyle = true })
	isNew       = sdk.String("attribute_not_exists(checkpoint)")
	bands       = orders.NewBands()
	text        []byte
	packed      bytes.Buffer
	packer, _   = gzip.NewWriterLevel(&packed, 6)
)

func main() { lambda.Run(handle) }

func handle(ctx context.Context, event []byte) ([]byte, error) {
	var batch orders.KinesisEvent
	if err := orders.Decode(event, &batch); err != nil {
		return nil, err
	}
	first, last := &batch.Records[0], &batch.Records[len(batch.Records)-1]
	shard, _, _ := strings.Cut(first.EventID, ":")
	checkpoint := aws.S("OrderArchiver#orders#" + shard)
	key := aws.Item{"checkpoint": checkpoint}
	if _, err := database.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: checkpoints, Key: key, ConsistentRead: sdk.Bool(true),
	}); err != nil {
		return nil, err
	}
	items := make([]aws.Item, len(batch.Records))
	text = text[:0]
	for i := range batch.Records {
		var err error
		if items[i], err = archive(&batch.Records[i], shard); err != nil {
			return nil, err
		}
	}
	var failure atomic.Pointer[error]
	rows.Insert(ctx, items, func(_ int, err error) { failure.Store(&err) })
	if err := failure.Load(); err != nil {
		return nil, *err
	}
	if err := put(ctx, shard, first, last); err != nil {
		return nil, err
	}
	sequence := last.Kinesis.SequenceNumber
	_, err := database.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: checkpoints,
		Item: aws.Item{
			"checkpoint":     checkpoint,
			"sequenceNumber": aws.S(strings.Repeat("0", max(0, 129-len(sequence))) + sequence),
			"format":         aws.N("1"),
		},
		ConditionExpression: isNew,
	})
	if err != nil {
		return nil, err
	}
	lambda.Log(fmt.Appendf(nil, `{"level":"INFO","message":"batch done","read":%d,"archived":%d}`, len(items), len(items)))
	return []byte(`{"batchItemFailures":[]}`), nil
}

func put(ctx context.Context, shard string, first, last *orders.KinesisRecord) error {
	packed.Reset()
	packer.Reset(&packed)
	if _, err := packer.Write(text); err != nil {
		return err
	}
	if err := packer.Close(); err != nil {
		return err
	}
	hour := instant(first.Kinesis.Arrival).Format("dt=2006-01-02/hour=15")
	_, err := store.PutObject(ctx, &s3.PutObjectInput{
		Bucket:   bucket,
		Key:      sdk.String("orders/" + hour + "/" + shard + "-" + first.Kinesis.SequenceNumber + ".ndjson.gz"),
		Body:     bytes.NewReader(packed.Bytes()),
		Metadata: map[string]string{"last-sequence-number": last.Kinesis.SequenceNumber, "format": "1"},
	}, s3.WithAPIOptions(smithyhttp.SetHeaderValue("If-None-Match", "*")))
	return err
}

func instant(seconds float64) time.Time { return time.UnixMilli(int64(seconds * 1000)).UTC() }

// archive adds the record's line to the object's text, and gives its order's row.
func archive(record *orders.KinesisRecord, shard string) (aws.Item, error) {
	var event orders.Event
	if err := orders.Decode(record.Kinesis.Data, &event); err != nil {
		return nil, err
	}
	order := &event.Payload
	text = orders.AppendMember(append(text, `{"format":1,"rules":1`...), "shardId", shard)
	text = orders.AppendMember(text, "sequenceNumber", record.Kinesis.SequenceNumber)
	text = orders.AppendMember(text, "partitionKey", record.Kinesis.PartitionKey)
	text = instant(record.Kinesis.Arrival).AppendFormat(append(text, `,"arrivedAt":"`...), "2006-01-02T15:04:05.000Z")
	text = append(append(text, `","record":`...), record.Kinesis.Data...)
	text = orders.AppendMember(append(text, `,"order":{"verdict":"accepted"`...), "eventId", event.MessageID)
	text = orders.AppendMember(text, "orderId", order.OrderID)
	text = orders.AppendMember(text, "day", order.Created[:10])
	text = orders.AppendMember(text, "currency", order.Currency)
	text = order.Amount.Append(append(text, `,"amount":"`...))
	text = append(text, `","products":[`...)
	for i, product := range order.ProductIDs {
		if i > 0 {
			text = append(text, ',')
		}
		text = orders.AppendString(append(text, `{"productId":`...), product)
		text = strconv.AppendInt(append(text, `,"quantity":`...), order.Quantity(product), 10)
		text = append(text, '}')
	}
	text = append(text, "]}}\n"...)
	created := aws.S(order.Created)
	versions := aws.Item{"amount": created, "currency": created, "userId": created}
	item := aws.Item{
		"orderId":    aws.S(order.OrderID),
		"amount":     aws.N(order.Amount.String()),
		"amountBand": aws.S(bands.Name(order.Amount)),
		"currency":   aws.S(order.Currency),
		"userId":     aws.S(order.UserID),
		"timestamp":  created,
		"createdAt":  created,
		"updatedAt":  created,
		"versions":   aws.M(versions),
	}
	if event.CorrelationID != "" {
		item["correlationId"], versions["correlationId"] = aws.S(event.CorrelationID), created
	}
	return item, nil
}
