package orders

// Bands name amounts for the Pipes, which cannot compare numbers.
type Bands struct{ normal, premium Amount }

// NewBands reads both minimum amounts.
func NewBands() Bands {
	return Bands{minimumAmount("NORMAL"), minimumAmount("PREMIUM")}
}

// Name is that of the highest band below the amount.
func (b *Bands) Name(amount Amount) string {
	switch {
	case amount > b.premium:
		return "premium-GT1000"
	case amount > b.normal:
		return "normal-LE1000"
	}
	return "LE100"
}
