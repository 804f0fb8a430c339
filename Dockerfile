# The server of `mobilenetv2 serve`; docs/serving.md says how to run it.

FROM node:22-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:22-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM node:22-slim
ENV NODE_ENV=production MOBILENETV2_CACHE=/models
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /build/package.json /build/LICENSE ./
COPY --from=build /build/dist ./dist
COPY --from=build /build/models ./models
COPY --from=build /build/schemas ./schemas
RUN install -d -o node -g node /models
USER node
VOLUME /models
EXPOSE 8080
# Downloads of the first start may take minutes; whoever waits for the server waits for them.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10m --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["serve", "--host", "0.0.0.0"]
