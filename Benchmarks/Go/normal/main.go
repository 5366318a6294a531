// The processor of normal orders: what a Pipe delivers, decided by status, amount and address. It needs no AWS.
package main

import (
	"context"
	"fmt"

	"peers/lambda"
	"peers/orders"
)

var rules = orders.NewRules("NORMAL")

// change is a record of the table's stream, with those attributes alone that are looked at.
type change struct {
	EventID   string `json:"eventID"`
	EventName string `json:"eventName"`
	DynamoDB  struct {
		New struct {
			OrderID       orders.Value `json:"orderId"`
			Status        orders.Value `json:"status"`
			Amount        orders.Value `json:"amount"`
			Email         orders.Value `json:"customerEmail"`
			CorrelationID orders.Value `json:"correlationId"`
		} `json:"NewImage"`
	} `json:"dynamodb"`
}

func main() { lambda.Run(handle) }

func handle(_ context.Context, event []byte) ([]byte, error) {
	var changes []change
	if err := orders.Decode(event, &changes); err != nil {
		return nil, err
	}
	processed := 0
	var line []byte
	for i := range changes {
		change := &changes[i]
		image := &change.DynamoDB.New
		if change.EventName != "INSERT" && change.EventName != "MODIFY" ||
			image.Status.S != "pending" && image.Status.S != "shipped" || !rules.IsWanted(image.Amount, image.Email.S) {
			continue
		}
		line = append(line[:0], `{"level":"INFO","message":"normal order processed"`...)
		line = orders.AppendMember(line, "order_id", image.OrderID.S)
		line = orders.AppendMember(line, "status", image.Status.S)
		line = orders.AppendMember(line, "amount", image.Amount.Text())
		line = orders.AppendMember(line, "event_id", change.EventID)
		if id := image.CorrelationID.S; id != "" {
			line = orders.AppendMember(line, "correlation_id", id)
		}
		lambda.Log(append(line, '}'))
		processed++
	}
	lambda.Log(fmt.Appendf(nil, `{"level":"INFO","message":"batch done","read":%d,"processed":%d}`, len(changes), processed))
	return []byte(`{"batchItemFailures":[],"statusCode":200}`), nil
}
