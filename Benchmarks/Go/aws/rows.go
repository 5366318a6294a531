package aws

import (
	"context"
	"errors"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
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
	table  *string
}

// NewRows writes to the table of that name.
func NewRows(client *dynamodb.Client, table string) *Rows { return &Rows{client, &table} }

var isNew = sdk.String("attribute_not_exists(orderId)")

// Insert puts items that are new; nil ones are left out, and those that are there are left as they are.
func (r *Rows) Insert(ctx context.Context, items []Item, failed func(int, error)) {
	Each(len(items), func(i int) error {
		if items[i] == nil {
			return nil
		}
		_, err := r.client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: r.table, Item: items[i], ConditionExpression: isNew,
		})
		var isThere *types.ConditionalCheckFailedException
		if err != nil && !errors.As(err, &isThere) {
			failed(i, err)
		}
		return nil
	})
}
