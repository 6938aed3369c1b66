/** A token of a JupyterHub, with which a computer may enter the server that this page comes from. */
import { serverConfig } from "../../dom/server";

/** Seconds; then a computer pairs again. */
const LIFE = 7 * 24 * 3600;

/** What a server of a hub says of itself in its pages. */
interface HubPage {
  hubPrefix?: string;
  hubHost?: string;
  hubUser?: string;
  /** Of the server that is seen, where that is of another user. */
  hubServerUser?: string;
  hubServerName?: string;
  /** That of the page itself, until the user signs out. */
  token?: unknown;
}

/** Return what the page says of its hub, if that can give a token. */
export function hub(): HubPage | null {
  const page = serverConfig() as HubPage;
  const mayHave = typeof page.hubPrefix === "string" && page.hubUser;
  return mayHave && (!page.hubHost || page.token) ? page : null;
}

/**
 * Make a token that enters this server and does nothing else, or else return the page's own.
 *
 * The hub knows the user by a cookie, and wants a word of its own pages beside that. A hub of
 * another origin (one with a subdomain for each user) hears no page of a server. It is empty if
 * there is neither.
 */
export async function makeToken(page: HubPage): Promise<string> {
  return (page.hubHost ? "" : await newToken(page)) || text(page.token);
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

async function newToken(page: HubPage): Promise<string> {
  const { hubPrefix, hubUser, hubServerUser, hubServerName } = page;
  const user = encodeURIComponent(hubUser!);
  try {
    const its = await (await fetch(`${hubPrefix}token`)).text();
    const word = /xsrf_token: ("[^"]*")/.exec(its)![1]!;
    const answer = await fetch(`${hubPrefix}api/users/${user}/tokens`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-XSRFToken": JSON.parse(word) as string,
      },
      body: JSON.stringify({
        note: "ssh by colabwidget",
        expires_in: LIFE,
        scopes: [`access:servers!server=${hubServerUser || hubUser}/${hubServerName ?? ""}`],
      }),
    });
    const { token } = (await answer.json()) as { token?: unknown };
    return text(token);
  } catch {
    return "";
  }
}
