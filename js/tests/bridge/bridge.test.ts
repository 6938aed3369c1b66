import { afterEach, describe, expect, it, vi } from "vitest";
import { now, start, WORDS } from "../../src/bridge/bridge";

const CODE = `40123-${"0f".repeat(16)}`;

afterEach(() => {
  delete document.body.dataset.baseUrl;
  vi.unstubAllGlobals();
});

describe("a page that cannot be the bridge", () => {
  const opened = vi.fn();

  async function said(code: string, base: string | null, secure = true): Promise<string> {
    vi.stubGlobal("isSecureContext", secure);
    vi.stubGlobal("WebSocket", opened);
    if (base !== null) document.body.dataset.baseUrl = base;
    await start(code);
    expect(opened).not.toHaveBeenCalled();
    expect(now().state).toBe("off");
    return now().trouble;
  }

  it("is none of a notebook's server", async () => expect(await said(CODE, null)).toBe(WORDS.page));
  it("came by http", async () => expect(await said(CODE, "/", false)).toBe(WORDS.insecure));
  it.each(["", "40123", CODE.slice(1, -1), `${CODE}0`, `70000${CODE.slice(5)}`, `x${CODE}`])(
    "was given no code: %s",
    async (code) => expect(await said(code, "/")).toBe(WORDS.code),
  );
});
