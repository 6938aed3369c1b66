// Runs a command over SSH with golang.org/x/crypto/ssh:
// client HOST PORT USER FINGERPRINT KEY COMMAND; without a key, the password is read from standard input.
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
)

func main() {
	log.SetFlags(0)
	host, port, user, fingerprint, key, command :=
		os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]
	client, err := ssh.Dial("tcp", net.JoinHostPort(host, port), &ssh.ClientConfig{
		User:              user,
		Auth:              []ssh.AuthMethod{method(key)},
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		HostKeyCallback: func(_ string, _ net.Addr, shown ssh.PublicKey) error {
			if ssh.FingerprintSHA256(shown) != fingerprint {
				return fmt.Errorf("another host key: %s", ssh.FingerprintSHA256(shown))
			}
			return nil
		},
	})
	check(err)
	defer client.Close()
	session, err := client.NewSession()
	check(err)
	said, err := session.Output(command)
	check(err)
	os.Stdout.Write(said)
}

func method(key string) ssh.AuthMethod {
	if key == "" {
		password, err := io.ReadAll(os.Stdin)
		check(err)
		return ssh.Password(string(bytes.TrimRight(password, "\n")))
	}
	text, err := os.ReadFile(key)
	check(err)
	signer, err := ssh.ParsePrivateKey(text)
	check(err)
	return ssh.PublicKeys(signer)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
