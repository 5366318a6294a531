// Numbers in the reader's way of writing them, and exact: amounts come as decimal text and never become a double.
const locales = navigator.languages?.length ? [...navigator.languages] : undefined
const integers = new Intl.NumberFormat(locales, { maximumFractionDigits: 0 })
const formatters = new Map()

function formatter(currency, digits) {
  const key = `${currency} ${digits}`
  if (!formatters.has(key)) {
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits }
    // The narrow symbol would be $ for USD, CAD and AUD alike. This one stands for one currency alone in each language:
    // CLDR gives the others a longer symbol, or their code.
    if (currency) Object.assign(options, { style: "currency", currency, currencyDisplay: "symbol" })
    formatters.set(key, new Intl.NumberFormat(locales, options))
  }
  return formatters.get(key)
}

// How many digits of its fraction a currency has by ISO 4217, as the browser knows them.
function minorDigits(currency) {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().minimumFractionDigits
  } catch {
    return 2
  }
}

// The digits of the reader's language for those of a fraction.
function localDigits(digits) {
  return digits.replace(/\d/g, digit => integers.format(BigInt(digit)))
}

// "15420.5" in euros is "15.420,50 €" in German: the whole as a BigInt, the fraction's digits put in as they are.
function money(text, currency) {
  const [whole, fraction = ""] = String(text).split(".")
  if (!/^\d+$/.test(whole) || !/^\d*$/.test(fraction)) return String(text)
  const known = /^[A-Z]{3}$/.test(currency ?? "") ? currency : ""
  const digits = fraction.padEnd(known ? minorDigits(known) : 0, "0")
  return formatter(known, digits.length).formatToParts(BigInt(whole))
    .map(part => part.type === "fraction" ? localDigits(digits) : part.value).join("")
}

function count(text) {
  return /^\d+$/.test(text ?? "") ? integers.format(BigInt(text)) : "–"
}

// "1 order", "2 orders".
function counting(number, noun) {
  return `${integers.format(number)} ${noun}${BigInt(number) === 1n ? "" : "s"}`
}

// Both as whole numbers of billionths.
function scaled(text) {
  const [whole, fraction = ""] = String(text ?? "0").split(".")
  return BigInt(whole || "0") * 1000000000n + BigInt(fraction.padEnd(9, "0").slice(0, 9))
}

// Thousandths that the one is of the other; null where there is nothing to compare with.
function share(text, other) {
  const base = scaled(other)
  return base > 0n ? Number((scaled(text) * 1000n) / base) : null
}

const percents = new Intl.NumberFormat(locales, { style: "percent", maximumFractionDigits: 1 })
const clock = new Intl.DateTimeFormat(locales, { hour: "2-digit", minute: "2-digit", second: "2-digit" })
const minuteClock = new Intl.DateTimeFormat(locales, { hour: "2-digit", minute: "2-digit" })
const dates = new Intl.DateTimeFormat(locales, { dateStyle: "medium", timeZone: "UTC" })

function time(iso) {
  const instant = new Date(iso)
  return iso && !Number.isNaN(instant.getTime()) ? clock.format(instant) : ""
}

function day(text) {
  const instant = new Date(`${text}T00:00:00Z`)
  return Number.isNaN(instant.getTime()) ? text : dates.format(instant)
}
