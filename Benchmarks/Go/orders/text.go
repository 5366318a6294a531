package orders

// AppendString adds a JSON string. What most strings are goes in as it is.
func AppendString(bytes []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		if b := text[i]; b < 0x20 || b == '"' || b == '\\' || b >= 0x80 {
			return appendQuoted(bytes, text)
		}
	}
	bytes = append(bytes, '"')
	bytes = append(bytes, text...)
	return append(bytes, '"')
}

// AppendMember adds a comma, a name and a string.
func AppendMember(bytes []byte, name, text string) []byte {
	bytes = append(bytes, ',', '"')
	bytes = append(bytes, name...)
	bytes = append(bytes, '"', ':')
	return AppendString(bytes, text)
}
