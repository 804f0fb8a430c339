/** A proxy between two processes that talk by TCP, which can cut them off from one another. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A proxy that runs. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks all connections, and lets no new one come about for so long. */
  cut(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a proxy to a port of this machine. */
export async function startProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((near) => {
    if (isCut) {
      near.on("error", () => undefined);
      near.destroy();
      return;
    }
    const far = connect(target, "127.0.0.1");
    keep(near, far);
    keep(far, near);
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    async cut(milliseconds) {
      isCut = true;
      destroyAll();
      await new Promise((wake) => setTimeout(wake, milliseconds));
      isCut = false;
    },
    async stop() {
      destroyAll();
      await new Promise((closed) => server.close(closed));
    },
  };
}
