import { expect, test } from "vitest";
import { type Answer, Link, Lost } from "../../src/files/link";
import type { Model } from "../../src/wire/model";

type Message = Record<string, unknown>;
type Hook = (content: unknown, buffers: unknown) => void;

const frame = (kind: number, body: string): number[] => {
  const bytes = new TextEncoder().encode(body);
  return [kind, 0, 0, bytes.length >> 8, bytes.length & 255, ...bytes];
};

/** A link on a stream that is open, and what it has told. */
function setUp() {
  const hooks: Hook[] = [];
  const sent: { content: Message; bytes: number[] }[] = [];
  const model: Model = {
    get: () => undefined,
    set: () => undefined,
    save_changes: () => undefined,
    send: (content, _, buffers) =>
      void sent.push({
        content: content as Message,
        bytes: buffers ? [...new Uint8Array(buffers[0]!)] : [],
      }),
    on: (_, hook) => void hooks.push(hook as Hook),
    off: (_, hook) => void hooks.splice(hooks.indexOf(hook as Hook), 1),
  };
  const answers: Answer[] = [];
  const lost: Lost[] = [];
  let data = "";
  const link = new Link(model, "job", {
    answer: (answer) => void answers.push(answer),
    data: (bytes) => void (data += new TextDecoder().decode(bytes)),
    lost: (error) => void lost.push(error),
  });
  let at = 0;
  const stream = sent[0]!.content.stream;
  const receive = (content: Message, bytes: number[] = []): void => {
    for (const hook of [...hooks]) hook({ stream, ...content }, [new Uint8Array(bytes)]);
  };
  const say = (bytes: number[]): void => {
    receive({ type: "data", at }, bytes);
    at += bytes.length;
  };
  receive({ type: "opened", old: 0 });
  return { link, sent, answers, lost, say, receive, data: () => data };
}

test("Frames are read however they are cut", () => {
  const all = [
    ...frame(0, '{"type":"file","n":3,"size":null,"at":7}'),
    ...frame(1, "some"),
    ...frame(1, ""),
    ...frame(0, "no table"),
    ...frame(1, " data"),
    ...frame(0, '{"type":"have","hashes":["a",1,"b"],"n":"3"}'),
  ];
  for (const step of [1, 2, 3, 5, 7, 50, all.length]) {
    const { say, answers, data } = setUp();
    for (let at = 0; at < all.length; at += step) say(all.slice(at, at + step));
    expect(data()).toBe("some data");
    expect(answers.map(({ type, n, at }) => [type, n, at])).toEqual([
      ["file", 3, 7],
      ["", 0, 0],
      ["have", 0, 0],
    ]);
    expect(answers[2]!.hashes).toEqual(["a", "b"]);
  }
});

test("Tables and data are sent as frames", async () => {
  const { link, sent } = setUp();
  link.send({ op: "x" });
  link.sendData(new Uint8Array([1, 2, 3]));
  await Promise.resolve();
  const bytes = sent.filter(({ content }) => content.type === "data").flatMap((one) => one.bytes);
  expect(bytes).toEqual([...frame(0, '{"op":"x"}'), 1, 0, 0, 0, 3, 1, 2, 3]);
  link.close();
});

test("There is room until much waits for the kernel, and none on a stream that is lost", async () => {
  const { link, receive, lost } = setUp();
  await link.room();
  link.sendData(new Uint8Array(11 * 1024 * 1024));
  let roomy = false;
  const waits = link.room().then(() => (roomy = true));
  await Promise.resolve();
  expect(roomy).toBe(false);
  receive({ type: "closed", reason: "backend_lost" });
  await expect(waits).rejects.toBeInstanceOf(Lost);
  expect(lost.map(({ reason }) => reason)).toEqual(["backend_lost"]);
  await expect(link.room()).rejects.toBeInstanceOf(Lost);
});
