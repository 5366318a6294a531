package orders

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
)

// Decode reads JSON by encoding/json/v2, which is Go 1.27's default and quicker than encoding/json before it.
func Decode(bytes []byte, into any) error { return json.Unmarshal(bytes, into) }

func appendQuoted(bytes []byte, text string) []byte {
	quoted, _ := jsontext.AppendQuote(bytes, text)
	return quoted
}
