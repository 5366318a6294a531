package orders

import (
	"fmt"
	"math/bits"
	"strconv"
)

// Amount is exact, in billionths: up to 9,223,372,036.854775807, more than which is refused.
type Amount int64

// Cent is the smallest share of an order's amount.
const Cent Amount = 10_000_000

// ParseAmount reads a plain decimal.
func ParseAmount(text []byte) (Amount, error) {
	var value uint64
	digits, fraction, seesPoint := 0, 0, false
	for _, b := range text {
		switch {
		case b >= '0' && b <= '9' && fraction < 9:
			high, low := bits.Mul64(value, 10)
			next, carry := bits.Add64(low, uint64(b-'0'), 0)
			if high != 0 || carry != 0 {
				return 0, fmt.Errorf("%q is too much", text)
			}
			value = next
			digits++
			if seesPoint {
				fraction++
			}
		case b == '.' && !seesPoint:
			seesPoint = true
		default:
			return 0, fmt.Errorf("%q is no amount", text)
		}
	}
	for ; fraction < 9; fraction++ {
		high, low := bits.Mul64(value, 10)
		if high != 0 {
			return 0, fmt.Errorf("%q is too much", text)
		}
		value = low
	}
	if digits == 0 || value > 1<<63-1 {
		return 0, fmt.Errorf("%q is no amount", text)
	}
	return Amount(value), nil
}

// UnmarshalJSON takes a number, or a string that holds one.
func (a *Amount) UnmarshalJSON(text []byte) error {
	if len(text) > 1 && text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	value, err := ParseAmount(text)
	*a = value
	return err
}

// Append writes the amount without superfluous zeros.
func (a Amount) Append(bytes []byte) []byte {
	bytes = strconv.AppendInt(bytes, int64(a/1_000_000_000), 10)
	rest := int64(a % 1_000_000_000)
	if rest == 0 {
		return bytes
	}
	bytes = append(bytes, '.')
	for scale := int64(100_000_000); rest > 0; scale /= 10 {
		bytes = append(bytes, byte('0'+rest/scale))
		rest %= scale
	}
	return bytes
}

func (a Amount) String() string { return string(a.Append(nil)) }

// Share is the part of the amount that so many of all units have, rounded down to cents.
func (a Amount) Share(quantity, units int64) Amount {
	high, low := bits.Mul64(uint64(a), uint64(quantity))
	share, _ := bits.Div64(high, low, uint64(units))
	return Amount(share) / Cent * Cent
}
