// JSON that keeps every digit of its numbers, which JavaScript's own reader rounds to 53 bits.

/** A number as the text that was or will be on the wire. */
export class Digits {
  constructor(text) {
    this.text = text;
  }
}

/** A number of any size for a call, for example `digits("18446744073709551615")`. */
export function digits(text) {
  return new Digits(text);
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
const MARK = "\u0001digits:";

/** Reads JSON; numbers arrive as `Digits`. */
export function parse(text) {
  const marked = text.replace(STRING_OR_NUMBER, (token) => (token[0] === '"' ? token : JSON.stringify(MARK + token)));
  return JSON.parse(marked, (_, value) =>
    typeof value === "string" && value.startsWith(MARK) ? new Digits(value.slice(MARK.length)) : value,
  );
}

/** Writes JSON; `Digits` leave as they are. */
export function stringify(value) {
  if (value instanceof Digits) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => stringify(item ?? null)).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${stringify(member)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** The one spelling of a number's value: sign, significant digits and power of ten. `1e3`, `1000` and `1000.0` agree. */
export function valueOf(number) {
  const text = number instanceof Digits ? number.text : String(number);
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const significant = (whole + fraction).replace(/^0+/, "");
  const trimmed = significant.replace(/0+$/, "");
  if (trimmed === "") return "0";
  const power = Number(exponent) - fraction.length + (significant.length - trimmed.length);
  return `${sign}${trimmed}e${power}`;
}
