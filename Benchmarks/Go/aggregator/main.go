// Counts revenue, products and orders per day: what each order adds to its rows here, how it is stored in storage.go.
package main

import (
	"context"
	"fmt"

	"peers/lambda"
	"peers/orders"
)

func main() { lambda.Run(handle) }

// rowKey names a row without making its key's text for each order.
type rowKey struct {
	kind               byte // R: revenue, T: orders, P: product
	day, name, foreign string
}

// counters are revenue and orders; totals and accepted ones; or revenue, orders and units of a product.
type counters struct {
	revenue      orders.Amount
	count, units int64
}

func handle(ctx context.Context, event []byte) ([]byte, error) {
	var batch orders.KinesisEvent
	if err := orders.Decode(event, &batch); err != nil {
		return nil, err
	}
	storage := newStorage(batch.Records)
	var added []addition
	counted := 0
	for i := range batch.Records {
		var event orders.Event
		if err := orders.Decode(batch.Records[i].Kinesis.Data, &event); err != nil {
			return nil, err
		}
		if event.Type != "OrderCreatedV1" {
			continue
		}
		added = additions(added[:0], &event.Payload)
		storage.count(&batch.Records[i], event.MessageID, added)
		counted++
	}
	if err := storage.commit(ctx); err != nil {
		return nil, err
	}
	lambda.Log(fmt.Appendf(nil, `{"level":"INFO","message":"batch done","read":%d,"counted":%d}`, len(batch.Records), counted))
	return []byte(`{"batchItemFailures":[]}`), nil
}

// addition is what an order adds to one row.
type addition struct {
	key rowKey
	counters
}

func additions(into []addition, order *orders.Order) []addition {
	day := order.Created[:10]
	into = append(into,
		addition{rowKey{kind: 'R', day: day, name: order.Currency}, counters{revenue: order.Amount, count: 1}},
		addition{rowKey{kind: 'T', day: day}, counters{count: 1}})
	var units int64
	for _, product := range order.ProductIDs {
		units += order.Quantity(product)
	}
	start, rest := len(into), order.Amount
	for _, product := range order.ProductIDs {
		quantity := order.Quantity(product)
		share := order.Amount.Share(quantity, units)
		rest -= share
		key := rowKey{kind: 'P', day: day, name: product}
		if order.Currency != "USD" {
			key.foreign = order.Currency
		}
		into = append(into, addition{key, counters{share, 1, quantity}})
	}
	for i := start; rest > 0 && i < len(into); i++ {
		extra := min(rest, orders.Cent)
		into[i].revenue += extra
		rest -= extra
	}
	return into
}
