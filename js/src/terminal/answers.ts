import type { Terminal } from "@xterm/xterm";

/** The part of xterm.js that tells what its user has typed from what it answers by itself. */
interface Core {
  _core?: { coreService?: { onUserInput?(listener: () => void): void } };
}

/** Reports that the terminal has got or lost focus: not an answer, though no key was pressed. */
const FOCUS = /^\x1b\[[IO]$/;
/** Characters of answers at once; what asks for more gets no more. */
const MOST = 1000;

/**
 * Parts what the terminal says: a shell may have several views, and each of them would answer what a
 * program asks.
 *
 * @param type takes what the user has typed, and whether that is sure: else it may tell of focus alone
 * @param answer takes what the terminal answers by itself; what comes at once is one text
 */
export function partAnswers(
  term: Terminal,
  type: (text: string, isSure: boolean) => void,
  answer: (text: string) => void,
): void {
  const service = (term as unknown as Core)._core?.coreService;
  let typed = false;
  let answers = "";
  const say = (): void => {
    if (answers.length <= MOST) answer(answers);
    answers = "";
  };
  // It is called just before what was typed comes.
  service?.onUserInput?.(() => (typed = true));
  term.onData((text) => {
    const isSure = typed;
    typed = false;
    if (isSure || !service?.onUserInput || FOCUS.test(text)) return type(text, isSure);
    if (!answers) queueMicrotask(say);
    answers += text;
  });
}
