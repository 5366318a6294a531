package main

import (
	"context"
	"os"
	"sort"
	"strconv"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"peers/aws"
)

// DynamoDB takes so many actions in a transaction.
const most = 100

var (
	client = dynamodb.NewFromConfig(aws.Config())
	table  = sdk.String(os.Getenv("ANALYTICS_TABLE"))
	isNew  = sdk.String("attribute_not_exists(PK)")
	// One row's update is the same text as another's of its kind.
	expressions = map[byte]*string{
		'R': sdk.String("ADD #v :v, #c :c"), 'T': sdk.String("ADD #t :c, #s :c"), 'P': sdk.String("ADD #o :c, #u :u, #r :v"),
	}
	names = map[byte]map[string]string{
		'R': {"#v": "Value", "#c": "Count"},
		'T': {"#t": "TotalOrders", "#s": "SuccessfulOrders"},
		'P': {"#o": "OrderCount", "#u": "Units", "#r": "Revenue"},
	}
	isMarker = aws.S("EVENT")
)

// storage counts events by markers and summed rows in transactions, each event once.
type storage struct {
	expiry  aws.Value
	markers []string
	rows    map[rowKey]counters
}

func newStorage() *storage {
	days, _ := strconv.Atoi(os.Getenv("DEDUPLICATION_TTL_DAYS"))
	expiry := time.Now().AddDate(0, 0, days).Unix()
	return &storage{expiry: aws.N(strconv.FormatInt(expiry, 10)), rows: make(map[rowKey]counters, most)}
}

// count adds an event; what is full is committed first.
func (s *storage) count(ctx context.Context, id string, added []addition) error {
	fresh := 0
	for i := range added {
		if _, ok := s.rows[added[i].key]; !ok {
			fresh++
		}
	}
	if len(s.markers)+1+len(s.rows)+fresh > most {
		if err := s.commit(ctx); err != nil {
			return err
		}
	}
	s.markers = append(s.markers, id)
	for i := range added {
		sum := s.rows[added[i].key]
		sum.revenue += added[i].revenue
		sum.count += added[i].count
		sum.units += added[i].units
		s.rows[added[i].key] = sum
	}
	return nil
}

// commit writes markers and rows in one transaction, rows in an order that all writers share.
func (s *storage) commit(ctx context.Context) error {
	if len(s.markers) == 0 {
		return nil
	}
	items := make([]types.TransactWriteItem, 0, most)
	for _, id := range s.markers {
		items = append(items, types.TransactWriteItem{Put: &types.Put{
			TableName:           table,
			Item:                aws.Item{"PK": aws.S("EVENT#" + id), "SK": isMarker, "expiresAt": s.expiry},
			ConditionExpression: isNew,
		}})
	}
	keys := make([]rowKey, 0, len(s.rows))
	for key := range s.rows {
		keys = append(keys, key)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i].isBefore(&keys[j]) })
	for i := range keys {
		items = append(items, types.TransactWriteItem{Update: update(&keys[i], s.rows[keys[i]])})
	}
	_, err := client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
	s.markers = s.markers[:0]
	clear(s.rows)
	return err
}

func (k *rowKey) isBefore(other *rowKey) bool {
	if k.kind != other.kind {
		return k.kind < other.kind
	}
	if k.day != other.day {
		return k.day < other.day
	}
	if k.name != other.name {
		return k.name < other.name
	}
	return k.foreign < other.foreign
}

func update(key *rowKey, sum counters) *types.Update {
	values := aws.Item{":c": aws.N(strconv.FormatInt(sum.count, 10))}
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
	return &types.Update{
		TableName:                 table,
		Key:                       aws.Item{"PK": aws.S(partition + key.day), "SK": aws.S(name)},
		UpdateExpression:          expressions[key.kind],
		ExpressionAttributeNames:  names[key.kind],
		ExpressionAttributeValues: values,
	}
}
