// A stand-in for the proxies written in Go: io.Copy both ways, which on Linux splices. relay LISTEN_PORT ENDPOINT_PORT
package main

import (
	"io"
	"log"
	"net"
	"os"
)

func pass(from, to *net.TCPConn, done chan<- struct{}) {
	io.Copy(to, from)
	to.CloseWrite()
	done <- struct{}{}
}

func serve(client *net.TCPConn, endpoint string) {
	defer client.Close()
	dialed, err := net.Dial("tcp", endpoint)
	if err != nil {
		client.SetLinger(0)
		return
	}
	upstream := dialed.(*net.TCPConn)
	defer upstream.Close()
	done := make(chan struct{}, 2)
	go pass(client, upstream, done)
	go pass(upstream, client, done)
	<-done
	<-done
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Print(err)
			continue
		}
		go serve(client.(*net.TCPConn), "127.0.0.1:"+os.Args[2])
	}
}
