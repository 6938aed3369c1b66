import { describe, expect, it } from "vitest";
import { details, DESKTOP, SSH } from "../../harness/states";
import { joinPrivate, splitPrivate } from "../../src/wire/private";
import { open } from "../support";

const CONNECT = {
  type: "connect",
  request: "r",
  token: "2abcDEF",
  public_key: "ssh-rsa",
  options: {},
};

describe("private fields", () => {
  it("travel in a buffer of their own, both ways", () => {
    for (const message of [CONNECT, { serial: 3, ...details(SSH, 2, DESKTOP) }]) {
      const [content, buffers] = splitPrivate(message);
      const logged = JSON.stringify([content, buffers]);
      for (const secret of [CONNECT.token, CONNECT.public_key, SSH.password, DESKTOP.password])
        expect(logged).not.toContain(secret);
      expect(joinPrivate(content, buffers)).toEqual(message);
      // JupyterLab gives DataViews, in as many pieces as it likes.
      const bytes = buffers![0]!;
      const pieces = [new DataView(bytes, 0, 5), new DataView(bytes, 5)];
      expect(joinPrivate(content, pieces)).toEqual(message);
    }
  });

  it("do not count where they stand in the message", () => {
    for (const buffers of [undefined, [], [new ArrayBuffer(3)], ["x"], 3])
      expect(joinPrivate(CONNECT, buffers)).toEqual({
        type: "connect",
        request: "r",
        options: {},
      });
  });

  it("are the known ones only", () => {
    const hidden = { token: "2abc", type: "cancel", options: { ssh: false } };
    const buffer = new TextEncoder().encode(JSON.stringify(hidden)).buffer;
    expect(joinPrivate({ type: "connect", options: {} }, [buffer])).toEqual({
      type: "connect",
      options: {},
      token: "2abc",
    });
  });

  it("leave other messages as they are", () => {
    const cancel = { type: "cancel", request: "r" };
    expect(splitPrivate(cancel)).toEqual([cancel, undefined]);
    for (const content of [cancel, null, undefined, 3, "x", [], {}, { type: "__proto__" }])
      expect(joinPrivate(content, [])).toBe(content);
  });

  it("stand in nothing that a page says", async () => {
    const page = await open();
    await page.type("token", "2abcSECRET");
    await page.click("connect");
    expect(page.model.last("connect")).toMatchObject({ token: "2abcSECRET" });
    expect(page.model.logged).toContain("connect");
    expect(page.model.logged).not.toContain("2abcSECRET");
  });
});
