#!/bin/sh
# Signs requests for certificates of BMCs with a CA that lies in a folder: ca.pem and ca.key.
#   certificateAuthority: { kind: command, command: [/etc/cofferdam/sign-with-openssl.sh, /etc/cofferdam/ca, '397'], ... }
# The request (PKCS #10, PEM) comes on standard input; the certificate and the CA's go to standard output.
# Only names and addresses are taken from the request: it is the CA that says what a certificate may be used for.
set -eu
ca=$1
days=${2:-397}
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
head -c 32768 > "$work/request.pem"
openssl req -in "$work/request.pem" -verify -noout 2> "$work/verified" || { cat "$work/verified" >&2; exit 1; }
names=$(openssl req -in "$work/request.pem" -noout -text | sed -n '/X509v3 Subject Alternative Name/{n;s/^ *//;s/IP Address:/IP:/g;p;}')
{
  echo 'basicConstraints = critical, CA:FALSE'
  echo 'keyUsage = critical, digitalSignature, keyEncipherment'
  echo 'extendedKeyUsage = serverAuth'
  if [ -n "$names" ]; then echo "subjectAltName = $names"; fi
} > "$work/extensions"
openssl x509 -req -in "$work/request.pem" -CA "$ca/ca.pem" -CAkey "$ca/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
  -days "$days" -sha256 -extfile "$work/extensions" -out "$work/own.pem" 2> "$work/signed" || { cat "$work/signed" >&2; exit 1; }
cat "$work/own.pem" "$ca/ca.pem"
