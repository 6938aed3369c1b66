import { describe, expect, it } from "vitest";
import { mayAsk, mayOpen } from "../../src/bridge/places";

const MARK = "0f".repeat(16);

describe("what a page lets through for a bridge", () => {
  it.each([
    ["GET", "api/status"],
    ["GET", "api/terminals"],
    ["POST", "api/terminals"],
    ["DELETE", "api/terminals/12"],
    ["GET", "api/kernelspecs"],
    ["GET", "api/sessions"],
    ["GET", "api/sessions/0f-1"],
    ["POST", "api/sessions"],
    ["DELETE", "api/sessions/0f-1"],
  ])("has %s %s", (method, place) => expect(mayAsk(method, place)).toBe(true));

  it.each([
    ["GET", ""],
    ["GET", "api/contents"],
    ["GET", "api/status?x=1"],
    ["GET", "api/status\n"],
    ["GET", "/api/status"],
    ["GET", "//other.example/api/status"],
    ["GET", "https://other.example/api/status"],
    ["GET", "api/sessions/../contents"],
    ["GET", "api/sessions/%2e%2e"],
    ["PUT", "api/terminals"],
    ["POST", "api/kernels"],
    ["DELETE", "api/terminals"],
    ["constructor", "api/status"],
  ])("has no %s %s", (method, place) => expect(mayAsk(method, place)).toBe(false));

  it.each([
    "colabwidget/through?socket=%2Frun%2Fcolabwidget.me%2Fthrough.sock",
    "terminals/websocket/1",
    `api/kernels/0f-1/channels?session_id=${MARK}`,
  ])("opens %s", (place) => expect(mayOpen(place)).toBe(true));

  it.each([
    "",
    "terminals/websocket/1/2",
    "terminals/websocket/..",
    "colabwidget/through?socket=a&more=b",
    "api/kernels/1/channels",
    "proxy/8080/",
    "ws://other.example/terminals/websocket/1",
  ])("opens no %s", (place) => expect(mayOpen(place)).toBe(false));
});
