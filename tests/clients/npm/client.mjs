// Runs a command over SSH with npm's ssh2:
// client.mjs HOST PORT USER FINGERPRINT KEY COMMAND; without a key, the password is read from standard input.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import ssh2 from "ssh2";

const [host, port, username, fingerprint, key, command] = process.argv.slice(2);
const how = key
  ? { privateKey: readFileSync(key) }
  : { password: readFileSync(0, "utf8").trimEnd() };
const client = new ssh2.Client();
client.on("ready", () =>
  client.exec(command, (error, channel) => {
    if (error) throw error;
    channel.pipe(process.stdout);
    channel.on("close", () => client.end());
  }),
);
client.connect({
  host,
  port: Number(port),
  username,
  ...how,
  algorithms: { serverHostKey: ["ssh-ed25519"] },
  hostVerifier: (shown) =>
    `SHA256:${createHash("sha256").update(shown).digest("base64").replace(/=+$/, "")}` === fingerprint,
});
