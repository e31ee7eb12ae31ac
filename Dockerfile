# The same steps as scripts/image.sh, which CI runs: there is no Docker engine.
FROM node:24-slim AS build
WORKDIR /lockcast
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM node:24-slim
WORKDIR /lockcast
ENV NODE_ENV=production
COPY package.json package-lock.json ./
RUN npm ci --omit=dev && npm cache clean --force
COPY --from=build /lockcast/dist dist
COPY app.yml LICENSE ./
COPY schema schema
# Jobs and records, in the embedded PostgreSQL; unused with LOCKCAST_STORE_URL.
ENV LOCKCAST_DATA=/data
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/cli/main.js", "serve"]
