package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"peers/aws"
	"peers/orders"
)

var (
	client    = dynamodb.NewFromConfig(aws.Config())
	tableName = os.Getenv("ANALYTICS_TABLE")
	table     = sdk.String(tableName)
	items     = aws.NewRows(client, tableName)
	// One row's update is the same text as another's of its kind.
	expressions = map[byte]*string{
		'R': sdk.String("ADD #v :v, #c :c SET #at = :last"),
		'T': sdk.String("ADD #t :c, #s :c SET #at = :last"),
		'P': sdk.String("ADD #o :c, #u :u, #r :v SET #at = :last"),
	}
	isAhead = sdk.String("attribute_not_exists(#at) OR #at < :first")
	isClaim = aws.S("EVENT")
	// The rows that this process has updated have all that a statement adds to: they are updated 25 in a request.
	// One invocation follows the other, and all are of one shard.
	known = map[rowKey]bool{}
)

const (
	// So many statements go into a request.
	together = 25
	// So many rows are read in a request.
	keysRead = 100
	// Fewer unknown rows are updated one by one.
	fewestRead = 3
)

// storage counts events by claims, and each row once a batch, if it has not counted these records of the shard yet.
type storage struct {
	expiry, first, last aws.Value
	names               map[byte]map[string]string
	statements          map[byte]*string
	claims              []aws.Item
	rows                map[rowKey]counters
}

func newStorage(records []orders.KinesisRecord) *storage {
	days, _ := strconv.Atoi(os.Getenv("DEDUPLICATION_TTL_DAYS"))
	expiry := time.Now().AddDate(0, 0, days).Unix()
	shard, _, _ := strings.Cut(records[0].EventID, ":")
	at := "at:" + shard
	update := func(counters ...string) *string {
		text := `UPDATE "` + tableName + `"`
		for _, name := range counters {
			text += ` SET "` + name + `"="` + name + `"+?`
		}
		text += ` SET "` + at + `"=? WHERE "PK"=? AND "SK"=? AND "` + at + `"<?`
		return &text
	}
	return &storage{
		expiry: aws.N(strconv.FormatInt(expiry, 10)),
		first:  aws.S(records[0].Kinesis.SequenceNumber),
		last:   aws.S(records[len(records)-1].Kinesis.SequenceNumber),
		names: map[byte]map[string]string{
			'R': {"#v": "Value", "#c": "Count", "#at": at},
			'T': {"#t": "TotalOrders", "#s": "SuccessfulOrders", "#at": at},
			'P': {"#o": "OrderCount", "#u": "Units", "#r": "Revenue", "#at": at},
		},
		statements: map[byte]*string{
			'R': update("Value", "Count"),
			'T': update("TotalOrders", "SuccessfulOrders"),
			'P': update("OrderCount", "Units", "Revenue"),
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

// commit puts the claims and then adds to each row, both many in a request as far as they can be, many requests at once.
func (s *storage) commit(ctx context.Context) error {
	if err := insert(ctx, s.claims); err != nil {
		return err
	}
	var stored, unknown []rowKey
	for key := range s.rows {
		if known[key] {
			stored = append(stored, key)
		} else {
			unknown = append(unknown, key)
		}
	}
	alone := unknown
	var missing []aws.Item
	if len(unknown) >= fewestRead {
		there, err := s.read(ctx, unknown)
		if err != nil {
			return err
		}
		alone = nil
		for i, key := range unknown {
			if there[i] {
				stored = append(stored, key)
			} else {
				missing = append(missing, s.row(&unknown[i]))
			}
		}
	}
	if err := aws.Each((len(stored)+together-1)/together, func(batch int) error {
		return s.updateStored(ctx, stored[batch*together:min((batch+1)*together, len(stored))])
	}); err != nil {
		return err
	}
	if err := insert(ctx, missing); err != nil {
		return err
	}
	if err := aws.Each(len(alone), func(place int) error {
		_, err := client.UpdateItem(ctx, s.update(&alone[place], s.rows[alone[place]]))
		return err
	}); err != nil {
		return err
	}
	for _, key := range unknown {
		known[key] = true
	}
	return nil
}

// insert puts items that are new.
func insert(ctx context.Context, new []aws.Item) error {
	var lock sync.Mutex
	var first error
	items.Insert(ctx, new, func(_ int, err error) {
		lock.Lock()
		defer lock.Unlock()
		if first == nil {
			first = err
		}
	})
	return first
}

// read says which of the rows are there.
func (s *storage) read(ctx context.Context, keys []rowKey) ([]bool, error) {
	there := make([]bool, len(keys))
	err := aws.Each((len(keys)+keysRead-1)/keysRead, func(batch int) error {
		start, end := batch*keysRead, min((batch+1)*keysRead, len(keys))
		asked := make([]aws.Item, end-start)
		places := make(map[[2]string]int, end-start)
		for i := range asked {
			partition, name := place(&keys[start+i])
			asked[i] = aws.Item{"PK": aws.S(partition), "SK": aws.S(name)}
			places[[2]string{partition, name}] = start + i
		}
		output, err := client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
			tableName: {Keys: asked, ProjectionExpression: sdk.String("PK, SK")},
		}})
		if err != nil {
			return err
		}
		for _, item := range output.Responses[tableName] {
			partition, _ := item["PK"].(*types.AttributeValueMemberS)
			name, _ := item["SK"].(*types.AttributeValueMemberS)
			if partition != nil && name != nil {
				there[places[[2]string{partition.Value, name.Value}]] = true
			}
		}
		return nil
	})
	return there, err
}

// row is the item of a row that is not there.
func (s *storage) row(key *rowKey) aws.Item {
	sum := s.rows[*key]
	partition, name := place(key)
	count := aws.N(strconv.FormatInt(sum.count, 10))
	item := aws.Item{"PK": aws.S(partition), "SK": aws.S(name), s.names[key.kind]["#at"]: s.last}
	switch key.kind {
	case 'R':
		item["Value"], item["Count"] = aws.N(sum.revenue.String()), count
	case 'T':
		item["TotalOrders"], item["SuccessfulOrders"] = count, count
	case 'P':
		item["OrderCount"], item["Revenue"] = count, aws.N(sum.revenue.String())
		item["Units"] = aws.N(strconv.FormatInt(sum.units, 10))
	}
	return item
}

// updateStored adds to rows that are there.
func (s *storage) updateStored(ctx context.Context, keys []rowKey) error {
	statements := make([]types.BatchStatementRequest, len(keys))
	for i := range keys {
		key, sum := &keys[i], s.rows[keys[i]]
		partition, name := place(key)
		count := aws.N(strconv.FormatInt(sum.count, 10))
		parameters := make([]aws.Value, 0, 7)
		switch key.kind {
		case 'R':
			parameters = append(parameters, aws.N(sum.revenue.String()), count)
		case 'T':
			parameters = append(parameters, count, count)
		case 'P':
			parameters = append(parameters, count, aws.N(strconv.FormatInt(sum.units, 10)), aws.N(sum.revenue.String()))
		}
		statements[i] = types.BatchStatementRequest{
			Statement:  s.statements[key.kind],
			Parameters: append(parameters, s.last, aws.S(partition), aws.S(name), s.first),
		}
	}
	output, err := client.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{Statements: statements})
	if err != nil {
		return err
	}
	for _, response := range output.Responses {
		if response.Error != nil {
			return errors.New(string(response.Error.Code))
		}
	}
	return nil
}

// place gives a row's partition and sort key.
func place(key *rowKey) (partition, name string) {
	switch {
	case key.kind == 'R':
		return "REVENUE#" + key.day, key.name
	case key.kind == 'P' && key.foreign != "":
		return "PRODUCT#" + key.day, key.name + "#" + key.foreign
	case key.kind == 'P':
		return "PRODUCT#" + key.day, key.name
	default:
		return "ORDERS#" + key.day, "TOTAL"
	}
}

func (s *storage) update(key *rowKey, sum counters) *dynamodb.UpdateItemInput {
	values := aws.Item{":c": aws.N(strconv.FormatInt(sum.count, 10)), ":first": s.first, ":last": s.last}
	partition, name := place(key)
	switch key.kind {
	case 'R':
		values[":v"] = aws.N(sum.revenue.String())
	case 'P':
		values[":v"] = aws.N(sum.revenue.String())
		values[":u"] = aws.N(strconv.FormatInt(sum.units, 10))
	}
	return &dynamodb.UpdateItemInput{
		TableName:                 table,
		Key:                       aws.Item{"PK": aws.S(partition), "SK": aws.S(name)},
		UpdateExpression:          expressions[key.kind],
		ConditionExpression:       isAhead,
		ExpressionAttributeNames:  s.names[key.kind],
		ExpressionAttributeValues: values,
	}
}
