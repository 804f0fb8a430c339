/** A server of the tests behind a socket, as `serve` has it: what lies between the app and a client. */
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { OpenedApp } from "./open-app.ts";

/** A server that listens on this machine. */
export interface Listening {
  readonly origin: string;
  /** Sends a request line by line and gives what comes until the server hangs up. */
  raw(lines: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** Lets an app listen on a free port. */
export async function listen({ app }: OpenedApp): Promise<Listening> {
  const server: Server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    raw: (lines) =>
      new Promise((resolve, reject) => {
        const head = [...lines, "Host: server.test", "Connection: close", "", ""].join("\r\n");
        const socket = connect(port, "127.0.0.1", () => socket.write(head));
        let text = "";
        socket.setEncoding("latin1").on("data", (part: string) => {
          text += part;
        });
        socket.on("error", reject).on("close", () => resolve(text));
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
