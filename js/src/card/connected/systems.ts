/** The systems that a user's computer may have, and what is said differently there. */
import type { DesktopDetails, SshDetails } from "../../wire/protocol";

export type System = "powershell" | "cmd" | "putty" | "macos" | "linux";

interface Words {
  title: string;
  /** Where a command is run, before it. */
  run: string;
  /** How a password is pasted there. */
  paste: string;
  /** The system's name among the ways to get a program. */
  way: string;
}

export const SYSTEMS: Record<System, Words> = {
  powershell: {
    title: "Windows PowerShell",
    run: "In PowerShell, run",
    paste: "right-click pastes",
    way: "Windows",
  },
  cmd: {
    title: "Windows cmd",
    run: "In Command Prompt, run",
    paste: "right-click pastes",
    way: "Windows",
  },
  putty: {
    title: "Windows PuTTY",
    run: "Press Windows+R, run",
    paste: "right-click or Shift+Insert pastes",
    way: "Windows",
  },
  macos: { title: "macOS", run: "In Terminal, run", paste: "⌘V pastes", way: "macOS" },
  linux: { title: "Linux", run: "In a terminal, run", paste: "Ctrl+Shift+V pastes", way: "Linux" },
};

/** The browser's name for the system; the newer way first. */
function platform(): string {
  const { userAgentData } = navigator as { userAgentData?: { platform?: string } };
  return userAgentData?.platform || navigator.platform || "";
}

/** The system of the computer that shows this page. */
export const ownSystem = (): System =>
  /^win/i.test(platform()) ? "powershell" : /^(mac|ip)/i.test(platform()) ? "macos" : "linux";

/** The name of a system among the ways to get a program; only the page's own tells its processor. */
export const wayOf = (system: System): string =>
  system === "linux" && /arm|aarch/i.test(navigator.platform)
    ? "Linux on ARM"
    : SYSTEMS[system].way;

/** What `system` runs to sign in. */
export function commandOn(system: System, { command, tools }: SshDetails): string {
  const name = system === "powershell" ? "windows" : system;
  return tools.find((tool) => tool.name === name)?.text || command;
}

/** The same, with the desktop's port: one sign-in for both. */
export function forwardOn(system: System, ssh: SshDetails, desktop: DesktopDetails): string {
  const command = commandOn(system, ssh);
  const [, option] = /^ssh (-L \S+) /.exec(desktop.forward_command) ?? [];
  return command === ssh.command || !option
    ? desktop.forward_command
    : command.replace(/^\S+/, (program) => `${program} ${option}`);
}
