//go:build profile

package lambda

import (
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"
)

// Built for a profile, a handler writes the CPU it takes until it is told to end to the file that CPU_PROFILE names.
func init() {
	file, err := os.Create(os.Getenv("CPU_PROFILE"))
	if err != nil {
		fatal(err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		fatal(err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		pprof.StopCPUProfile()
		file.Close()
		os.Exit(0)
	}()
}
