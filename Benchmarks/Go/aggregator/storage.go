package main

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"peers/aws"
	"peers/orders"
)

var (
	client    = dynamodb.NewFromConfig(aws.Config())
	tableName = os.Getenv("ANALYTICS_TABLE")
	table     = sdk.String(tableName)
	claims    = aws.NewRows(client, tableName)
	// One row's update is the same text as another's of its kind.
	expressions = map[byte]*string{
		'R': sdk.String("ADD #v :v, #c :c SET #at = :last"),
		'T': sdk.String("ADD #t :c, #s :c SET #at = :last"),
		'P': sdk.String("ADD #o :c, #u :u, #r :v SET #at = :last"),
	}
	isAhead = sdk.String("attribute_not_exists(#at) OR #at < :first")
	isClaim = aws.S("EVENT")
)

// storage counts events by claims, and each row once a batch, if it has not counted these records of the shard yet.
type storage struct {
	expiry, first, last aws.Value
	names               map[byte]map[string]string
	claims              []aws.Item
	rows                map[rowKey]counters
}

func newStorage(records []orders.KinesisRecord) *storage {
	days, _ := strconv.Atoi(os.Getenv("DEDUPLICATION_TTL_DAYS"))
	expiry := time.Now().AddDate(0, 0, days).Unix()
	shard, _, _ := strings.Cut(records[0].EventID, ":")
	at := "at:" + shard
	return &storage{
		expiry: aws.N(strconv.FormatInt(expiry, 10)),
		first:  aws.S(records[0].Kinesis.SequenceNumber),
		last:   aws.S(records[len(records)-1].Kinesis.SequenceNumber),
		names: map[byte]map[string]string{
			'R': {"#v": "Value", "#c": "Count", "#at": at},
			'T': {"#t": "TotalOrders", "#s": "SuccessfulOrders", "#at": at},
			'P': {"#o": "OrderCount", "#u": "Units", "#r": "Revenue", "#at": at},
		},
		claims: make([]aws.Item, 0, len(records)),
		rows:   make(map[rowKey]counters, 128),
	}
}

// count adds a record's event.
func (s *storage) count(record *orders.KinesisRecord, id string, added []addition) {
	shard, number, _ := strings.Cut(record.EventID, ":")
	s.claims = append(s.claims, aws.Item{
		"PK": aws.S("EVENT#" + id), "SK": isClaim, "expiresAt": s.expiry,
		"shardId": aws.S(shard), "sequenceNumber": aws.S(number),
	})
	for i := range added {
		sum := s.rows[added[i].key]
		sum.revenue += added[i].revenue
		sum.count += added[i].count
		sum.units += added[i].units
		s.rows[added[i].key] = sum
	}
}

// commit puts the claims, many in a request, and then updates each row, many requests at once.
func (s *storage) commit(ctx context.Context) error {
	var lock sync.Mutex
	var first error
	claims.Insert(ctx, s.claims, func(_ int, err error) {
		lock.Lock()
		defer lock.Unlock()
		if first == nil {
			first = err
		}
	})
	if first != nil {
		return first
	}
	keys := make([]rowKey, 0, len(s.rows))
	for key := range s.rows {
		keys = append(keys, key)
	}
	return aws.Each(len(keys), func(place int) error {
		_, err := client.UpdateItem(ctx, s.update(&keys[place], s.rows[keys[place]]))
		return err
	})
}

func (s *storage) update(key *rowKey, sum counters) *dynamodb.UpdateItemInput {
	values := aws.Item{":c": aws.N(strconv.FormatInt(sum.count, 10)), ":first": s.first, ":last": s.last}
	partition, name := "ORDERS#", "TOTAL"
	switch key.kind {
	case 'R':
		partition, name = "REVENUE#", key.name
		values[":v"] = aws.N(sum.revenue.String())
	case 'P':
		partition, name = "PRODUCT#", key.name
		if key.foreign != "" {
			name += "#" + key.foreign
		}
		values[":v"] = aws.N(sum.revenue.String())
		values[":u"] = aws.N(strconv.FormatInt(sum.units, 10))
	}
	return &dynamodb.UpdateItemInput{
		TableName:                 table,
		Key:                       aws.Item{"PK": aws.S(partition + key.day), "SK": aws.S(name)},
		UpdateExpression:          expressions[key.kind],
		ConditionExpression:       isAhead,
		ExpressionAttributeNames:  s.names[key.kind],
		ExpressionAttributeValues: values,
	}
}
