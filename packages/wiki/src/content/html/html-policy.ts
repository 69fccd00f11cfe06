/** The HTML that articles may have. Everything else is left out by `HtmlWriter`. */

export interface ElementPolicy {
  /** Blocks end a paragraph that is open. */
  readonly isBlock: boolean;
  /** The elements that may contain it directly. Undefined if all may that contain text. */
  readonly parents?: ReadonlySet<string> | undefined;
  /** The element that is written instead. */
  readonly writtenAs?: string;
  /** True if only Markdown may create it. */
  readonly onlyByMarkdown?: boolean;
}

const words = (list: string): readonly string[] => list.split(" ");
const setOf = (list: string): ReadonlySet<string> => new Set(words(list));

const INLINE = words(
  "a abbr b bdi bdo cite code dfn em i kbd mark q ruby s samp small span strong sub sup time u var br img wbr",
);
const BLOCKS = words("blockquote details div dl figure h1 h2 h3 h4 h5 h6 hr ol p pre table ul");
/** Presentational MathML, as temml writes it. */
const MATH = words(
  "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle " +
    "msub msubsup msup mtable mtd mtext mtr munder munderover none",
);
const PARENTS: Readonly<Record<string, string>> = {
  summary: "details",
  figcaption: "figure",
  li: "ul ol",
  dt: "dl",
  dd: "dl",
  caption: "table",
  thead: "table",
  tbody: "table",
  tfoot: "table",
  tr: "table thead tbody tfoot",
  th: "tr",
  td: "tr",
  rt: "ruby",
  rp: "ruby",
};

export const ELEMENTS: ReadonlyMap<string, ElementPolicy> = new Map<string, ElementPolicy>([
  ...INLINE.map((name) => [name, { isBlock: false }] as const),
  ...BLOCKS.map((name) => [name, { isBlock: true }] as const),
  ...Object.entries(PARENTS).map(
    ([name, parents]) => [name, { isBlock: !/^r[tp]$/.test(name), parents: setOf(parents) }] as const,
  ),
  ["center", { isBlock: true, writtenAs: "div" }],
  // Rendered differences mark removed and added words by <del> and <ins>.
  ["del", { isBlock: false, writtenAs: "s" }],
  ["ins", { isBlock: false, writtenAs: "u" }],
  ["strike", { isBlock: false, writtenAs: "s" }],
  ["tt", { isBlock: false, writtenAs: "code" }],
  ...MATH.map((name) => [name, { isBlock: false, onlyByMarkdown: true }] as const),
  ["input", { isBlock: false, onlyByMarkdown: true }],
  ["section", { isBlock: true, onlyByMarkdown: true }],
]);

export const VOID_ELEMENTS = setOf("br hr img input wbr");
/** Elements that contain only the elements that name them as parents. */
export const STRUCTURES = setOf("ul ol dl table thead tbody tfoot tr");
export const HEADINGS = setOf("h1 h2 h3 h4 h5 h6");
/** Elements that separate their content from the elements around it. */
export const CELLS = setOf("td th caption");

/** Elements that are left out with their content. */
export const DROPPED_WITH_CONTENT = setOf(
  "applet audio canvas iframe math noembed noframes noscript object script select style svg template textarea title video xmp",
);
/** Elements of HTML whose tags are left out. Other names in angle brackets, as in `List<String>`, are text. */
const DROPPED_TAGS = setOf(
  "address area article aside base basefont bgsound big blink body button col colgroup command data datalist dialog dir embed " +
    "fieldset font footer form frame frameset head header hgroup html input keygen label legend link main map marquee menu " +
    "menuitem meta meter nav nobr optgroup option output param picture plaintext portal progress rb rtc search section slot " +
    "source spacer track",
);

/** Returns the tag itself if it is none of HTML, and so is text. Otherwise returns an empty string. */
export function textOfUnknownTag(tag: string): string {
  const name = /^<\/?([a-z][^\s/>]*)/i.exec(tag)?.[1]?.toLowerCase();
  if (name === undefined) return "";
  return ELEMENTS.has(name) || DROPPED_WITH_CONTENT.has(name) || DROPPED_TAGS.has(name) ? "" : tag;
}

/** Whether an address is relative or has the scheme http, https or mailto. */
export function hasSafeScheme(url: string): boolean {
  if (!url.includes(":") || /^(?:https?|mailto):/i.test(url)) return true;
  // Browsers ignore control characters and white space in a scheme.
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url.replace(/[\p{Cc}\s]/gu, ""))?.[1];
  return scheme === undefined || /^(?:https?|mailto)$/i.test(scheme);
}

/**
 * The prefix of all ids from bodies. It keeps them apart from the ids of the web interface, and prevents DOM clobbering:
 * an element whose id is the name of a property of `document` or `window` would hide it from scripts.
 */
const PREFIX = "h-";

/** Returns the id for the fragment of a link. Adds the prefix, which links in Markdown from other sites lack. */
export function fragmentId(fragment: string): string {
  return fragment.startsWith(PREFIX) ? fragment : PREFIX + fragment;
}

const ALIGNMENT = /^(?:left|center|right|justify)$/i;
const PIXELS_OR_PERCENT = /^(?:\d{1,5}(?:px)?|\d{1,3}%)$/;
const LENGTH = /^[+-]?\d{0,6}(?:\.\d{1,9})?(?:px|pt|em|ex|mu|%)?$/;
const MATH_ATTRIBUTES = words(
  "accent accentunder columnalign columnlines columnspacing columnspan depth display displaystyle fence form largeop " +
    "linethickness lspace mathbackground mathcolor mathvariant maxsize minsize movablelimits notation rowlines rowspacing " +
    "rowspan rspace scriptlevel separator stretchy symmetric voffset",
);
const COUNT = /^[1-9]\d{0,2}$/;
const DIRECTION = /^(?:ltr|rtl|auto)$/;
const ANYTHING = /^/;

/** The values that HTML in a body may give to attributes. Addresses, ids, `align` and `valign` are handled apart. */
export function isAuthorAttribute(element: string, name: string, value: string): boolean {
  const pattern = AUTHOR_ATTRIBUTES.get(`${element} ${name}`) ?? AUTHOR_ATTRIBUTES.get(name);
  return pattern?.test(value) ?? false;
}

const AUTHOR_ATTRIBUTES: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    title: ANYTHING,
    dir: DIRECTION,
    lang: /^[a-z]{2,8}(?:-[a-z\d]{1,8}){0,4}$/i,
    "img alt": ANYTHING,
    "img width": PIXELS_OR_PERCENT,
    "img height": PIXELS_OR_PERCENT,
    "table width": PIXELS_OR_PERCENT,
    "td width": PIXELS_OR_PERCENT,
    "th width": PIXELS_OR_PERCENT,
    "td colspan": COUNT,
    "th colspan": COUNT,
    "td rowspan": COUNT,
    "th rowspan": COUNT,
    "th scope": /^(?:row|col|rowgroup|colgroup)$/,
    "ol start": /^-?\d{1,9}$/,
    "ol type": /^[1aAiI]$/,
    "ol reversed": ANYTHING,
    "li value": /^-?\d{1,9}$/,
    "details open": ANYTHING,
    "time datetime": /^[\d\sTZ:.+WP-]{1,40}$/,
  }),
);

/** Classes replace presentational attributes, which style sheets would override. */
export function alignmentClass(name: string, value: string): string | undefined {
  if (name === "align" && ALIGNMENT.test(value)) return `align-${value.toLowerCase()}`;
  if (/^v?align$/.test(name) && /^(?:top|middle|bottom)$/i.test(value))
    return `valign-${value.toLowerCase()}`;
  return undefined;
}

/** Whether Markdown may create an attribute with this value. */
export function isMarkdownAttribute(name: string, value: string): boolean {
  return MARKDOWN_ATTRIBUTES.get(name)?.test(value) ?? false;
}

const MARKDOWN_ATTRIBUTES: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    id: /^h-/,
    class: /^[\w+#. -]+$/,
    dir: DIRECTION,
    title: ANYTHING,
    alt: ANYTHING,
    loading: /^lazy$/,
    width: LENGTH,
    height: LENGTH,
    ...Object.fromEntries(MATH_ATTRIBUTES.map((name) => [name, /^[\w.+#% -]*$/])),
    start: /^\d{1,9}$/,
    tabindex: /^0$/,
    role: /^(?:group|note|doc-[a-z]+)$/,
    "aria-label": ANYTHING,
    "aria-labelledby": /^h-/,
    "aria-describedby": /^h-/,
    "aria-hidden": /^true$/,
    open: /^$/,
    hidden: /^$/,
    type: /^checkbox$/,
    disabled: /^$/,
    checked: /^$/,
  }),
);
