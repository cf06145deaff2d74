// The words of Django's JavaScriptCatalog, which /strings.js puts into the global scope: `gettext`, `ngettext` …
const { interpolate } = globalThis;

/** Return a sentence with its named places filled in: said(gettext("%(name)s is gone."), {name}). */
export const said = (sentence, values) => interpolate(sentence, values, true);

/** Return the form of a sentence for `count`, which it calls `count`, filled in. */
export const counted = (one, many, count, values = {}) => said(globalThis.ngettext(one, many, count), { count, ...values });
