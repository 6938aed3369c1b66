/**
 * Whether a word is more likely a token or a password than a name.
 *
 * colabwidget/core/secrets.py has the same rule and says why; tests/vectors/looks_random.json has
 * the words on which both agree.
 */
export const looksRandom = (word: string): boolean =>
  /\d[A-Za-z0-9]{20,}_[A-Za-z0-9]{15,}/.test(word) || word.split(/[_+/=-]/).some(isRandom);

const HUMP_MAX = 24;

const count = (pattern: RegExp, text: string): number => text.match(pattern)?.length ?? 0;

function isRandom(part: string): boolean {
  const size = part.length;
  const digitChanges = count(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g, part);
  if (size >= 12 && digitChanges >= 4) return true;
  const changes = digitChanges + count(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g, part);
  const mixed = size >= 16 && changes >= (/\d/.test(part) ? 5 : 8);
  const long = size > HUMP_MAX && new Set(part).size >= 10;
  return (mixed || long) && !readsLikeWords(part);
}

/** CamelCase of words that can be spoken, with a number at its end. */
function readsLikeWords(part: string): boolean {
  const letters = part.replace(/\d{1,4}$/, "");
  const humps = letters.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  return (
    !/\d/.test(letters) &&
    letters.length >= 3 * humps.length &&
    humps.every(
      ({ length }, at) =>
        length >= 2 && length <= HUMP_MAX && (length === 2 || /[aeiouy]/i.test(humps[at]!)),
    )
  );
}
