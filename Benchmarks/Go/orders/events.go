// Package orders has the shapes in which orders come, and the rules of the processors.
package orders

import (
	"os"
	"strings"
)

// KinesisEvent is a batch of a stream's shard.
type KinesisEvent struct {
	Records []KinesisRecord `json:"Records"`
}

// KinesisRecord is one record; its data comes out of base64 as it is decoded.
type KinesisRecord struct {
	EventID string `json:"eventID"`
	Kinesis struct {
		SequenceNumber string  `json:"sequenceNumber"`
		PartitionKey   string  `json:"partitionKey"`
		Data           []byte  `json:"data"`
		Arrival        float64 `json:"approximateArrivalTimestamp"`
	} `json:"kinesis"`
}

// Event is an order event.
type Event struct {
	MessageID     string `json:"MessageId"`
	Type          string `json:"Type"`
	CorrelationID string `json:"CorrelationId"`
	Payload       Order  `json:"Payload"`
}

// Order is what an order event tells.
type Order struct {
	OrderID    string           `json:"OrderId"`
	UserID     string           `json:"UserId"`
	Amount     Amount           `json:"TotalAmount"`
	Currency   string           `json:"Currency"`
	ProductIDs []string         `json:"ProductIds"`
	Quantities map[string]int64 `json:"Quantities"`
	Created    string           `json:"createdUtc"`
}

// Quantity is 1 where none is given.
func (o *Order) Quantity(product string) int64 {
	if quantity, ok := o.Quantities[product]; ok {
		return quantity
	}
	return 1
}

// QueueEvent is a batch of a queue.
type QueueEvent struct {
	Records []struct {
		MessageID string `json:"messageId"`
		Body      string `json:"body"`
	} `json:"Records"`
}

// Notification is SNS's envelope.
type Notification struct {
	Message string `json:"Message"`
}

// Message is an order message.
type Message struct {
	OrderID       string  `json:"orderId"`
	UserID        *string `json:"userId"`
	ItemName      *string `json:"itemName"`
	Quantity      *int64  `json:"quantity"`
	Status        *string `json:"status"`
	Timestamp     string  `json:"timestamp"`
	Amount        *Amount `json:"amount"`
	Currency      *string `json:"currency"`
	Email         *string `json:"customerEmail"`
	CorrelationID *string `json:"correlationId"`
}

// Value is an attribute of a stream's image; numbers are strings.
type Value struct {
	S string `json:"S"`
	N string `json:"N"`
}

// Text is what the attribute holds.
func (v Value) Text() string {
	if v.S != "" {
		return v.S
	}
	return v.N
}

// Rules decide which changes a processor is for.
type Rules struct {
	Minimum Amount
	domains []string
}

// NewRules reads a processor's configuration: NORMAL or PREMIUM.
func NewRules(kind string) Rules {
	return Rules{minimumAmount(kind), strings.Split(os.Getenv("TEST_EMAIL_DOMAINS"), ",")}
}

func minimumAmount(kind string) Amount {
	minimum, err := ParseAmount([]byte(os.Getenv(kind + "_MINIMUM_AMOUNT")))
	if err != nil {
		panic(err)
	}
	return minimum
}

// IsWanted tells whether an order of this amount and customer's address is above the minimum and no test's.
func (r *Rules) IsWanted(amount Value, address string) bool {
	value, err := ParseAmount([]byte(amount.Text()))
	if err != nil || value <= r.Minimum {
		return false
	}
	domain := strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
	for _, test := range r.domains {
		if domain == test || strings.HasSuffix(domain, "."+test) {
			return false
		}
	}
	return true
}
