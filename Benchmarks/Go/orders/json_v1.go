//go:build !goexperiment.jsonv2

package orders

import "encoding/json"

// Decode reads JSON by encoding/json.
func Decode(bytes []byte, into any) error { return json.Unmarshal(bytes, into) }

func appendQuoted(bytes []byte, text string) []byte {
	quoted, _ := json.Marshal(text)
	return append(bytes, quoted...)
}
