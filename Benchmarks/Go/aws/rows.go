package aws

import (
	"context"
	"errors"
	"sort"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Item and Value are DynamoDB's.
type (
	Item  = map[string]types.AttributeValue
	Value = types.AttributeValue
)

// S is a string, N a number, M a map.
func S(text string) Value { return &types.AttributeValueMemberS{Value: text} }
func N(text string) Value { return &types.AttributeValueMemberN{Value: text} }
func M(items Item) Value  { return &types.AttributeValueMemberM{Value: items} }

// Rows are the orders' table.
type Rows struct {
	client *dynamodb.Client
	table  string
}

// NewRows writes to the table of that name.
func NewRows(client *dynamodb.Client, table string) *Rows { return &Rows{client, table} }

// So many statements go into a request.
const together = 25

// Insert puts items that are new, many in a request; nil ones are left out, and those that are there are left as they are.
func (r *Rows) Insert(ctx context.Context, items []Item, failed func(int, error)) {
	places := make([]int, 0, len(items))
	for place, item := range items {
		if item != nil {
			places = append(places, place)
		}
	}
	Each((len(places)+together-1)/together, func(batch int) error {
		chunk := places[batch*together : min((batch+1)*together, len(places))]
		statements := make([]types.BatchStatementRequest, len(chunk))
		// Items of a batch mostly have the same attributes, and so the same text.
		var names, known []string
		var statement *string
		for i, place := range chunk {
			names = sortedNames(names[:0], items[place])
			if statement == nil || !equal(names, known) {
				text := insertion(r.table, names)
				statement, known = &text, append(known[:0], names...)
			}
			parameters := make([]Value, len(names))
			for j, name := range names {
				parameters[j] = items[place][name]
			}
			statements[i] = types.BatchStatementRequest{Statement: statement, Parameters: parameters}
		}
		output, err := r.client.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{Statements: statements})
		for i, place := range chunk {
			if err != nil {
				failed(place, err)
			} else if e := output.Responses[i].Error; e != nil && e.Code != types.BatchStatementErrorCodeEnumDuplicateItem {
				failed(place, errors.New(string(e.Code)))
			}
		}
		return nil
	})
}

func sortedNames(into []string, item Item) []string {
	for name := range item {
		into = append(into, name)
	}
	sort.Strings(into)
	return into
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func insertion(table string, names []string) string {
	return `INSERT INTO "` + table + `" VALUE {'` + strings.Join(names, `':?,'`) + `':?}`
}
