/**
 * A key that protects nothing and its certificate for 127.0.0.1, valid for a century: for servers of these tests. Made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -addext subjectAltName=IP:127.0.0.1`.
 */
export const TEST_TLS = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgreAMMUoAOKyeA8MB
9LILwIOZysSpYBeiGhcT2wEovlihRANCAAQtjNM4KQiE/cIu0DxjXvHExfezI2K6
nTGCaIuI4g8n0puVVL0J35YH6XpivXf5fzTiHJZisA5Thn7D/DroeY8C
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBpzCCAU6gAwIBAgIUZ+TNrW7rBNT3jswq1TCIfBNK2q8wCgYIKoZIzj0EAwIw
IDEeMBwGA1UEAwwVcmVnaXN0cnkgb2YgdGhlIHRlc3RzMCAXDTI2MTEyMjEyNDEy
MVoYDzIxMjYxMDI5MTI0MTIxWjAgMR4wHAYDVQQDDBVyZWdpc3RyeSBvZiB0aGUg
dGVzdHMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQtjNM4KQiE/cIu0DxjXvHE
xfezI2K6nTGCaIuI4g8n0puVVL0J35YH6XpivXf5fzTiHJZisA5Thn7D/DroeY8C
o2QwYjAdBgNVHQ4EFgQUjwrtclEnksist25sBQnl0fb1beYwHwYDVR0jBBgwFoAU
jwrtclEnksist25sBQnl0fb1beYwDwYDVR0RBAgwBocEfwAAATAPBgNVHRMBAf8E
BTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIHaXcU9qAxvkXy2KXnLA8PpacepYv5On
Ypl81BNiMLB5AiASzGS26keKck5X+3ZkUXjM5sqDrFJVV/D/nMGByLqKqw==
-----END CERTIFICATE-----`,
};
