// Everything shown is somebody else's text: it goes in by textContent alone, and the page's policy allows no other way.
const $ = id => document.getElementById(id)

function element(tag, className, text) {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

// A name as it is read: where nothing of it would be seen, or a line would break, as JSON spells it.
function spelled(name) {
  if (/[^\s\p{Cf}]/u.test(name) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return name
  return JSON.stringify(name).replace(/[\u007f-\u009f\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
}

// Shows a value in the reader's way, and keeps it as it came in data-exact.
function setExact(node, exact, shown) {
  setText(node, shown)
  if (node.dataset.exact !== exact) node.dataset.exact = exact ?? ""
}

// Makes the children of a list or a table's body those of the items: nodes are kept by their keys, so that only what
// has changed is drawn and a reader's place is not lost. A key is a property and no attribute: tools for accessibility
// make selectors of attributes, and a product's or a currency's name may be what no selector can spell.
function keyed(parent, items, make, update) {
  const known = new Map([...parent.children].map(node => [node.itemKey, node]))
  let before = null
  for (const item of items) {
    let node = known.get(item.key)
    if (node) known.delete(item.key)
    else {
      node = make(item)
      node.itemKey = item.key
    }
    update(node, item)
    const next = before ? before.nextSibling : parent.firstChild
    if (node !== next) parent.insertBefore(node, next)
    before = node
  }
  for (const node of known.values()) node.remove()
}

function entries(object) {
  return Object.entries(object ?? {}).map(([key, value]) => ({ key, ...value, key }))
}

function cells(row, classNames, header = true) {
  classNames.forEach((className, index) => {
    const cell = element(header && index === 0 ? "th" : "td", className)
    if (header && index === 0) cell.scope = "row"
    row.append(cell)
  })
  return row
}

// What stands where nothing is listed: that there is nothing is known only once it has been read.
function showEmpty(id, isEmpty, isRead, text) {
  toggle(id, isEmpty)
  setText($(id), isRead ? text : "Reading…")
}

function toggle(id, isShown) {
  $(id).hidden = !isShown
}

function big(text) {
  return /^\d+$/.test(text ?? "") ? BigInt(text) : 0n
}

function compare(left, right) {
  return left < right ? -1 : left > right ? 1 : 0
}
