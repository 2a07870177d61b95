// Judges the history of a run with faults with Porcupine, a checker of linearizability.
//
//	go run . HISTORY.edn
//
// Each gjennomføring is a list. A change appends its number, and is told a version, which is higher than those before. A read
// gives the list. A change whose outcome nobody knows may have taken place at any time since, or never.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
	"olympos.io/encoding/edn"
)

const limit = 5 * time.Minute

// An operation as it stands in the history: a line for its beginning, and one for its end.
type entry struct {
	Index   int         `edn:"index"`
	Type    edn.Keyword `edn:"type"`
	Process int         `edn:"process"`
	Value   [][]any     `edn:"value"`
	Version int64       `edn:"version"`
}

type input struct {
	key    string
	append bool
	number int64
}

type output struct {
	known   bool
	version int64
	list    []int64
}

// A list, and the highest version that was told of it.
type state struct {
	list    []int64
	version int64
}

var model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		keys := map[string][]porcupine.Operation{}
		for _, operation := range history {
			key := operation.Input.(input).key
			keys[key] = append(keys[key], operation)
		}
		var parts [][]porcupine.Operation
		for _, part := range keys {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return state{} },
	Step: func(before, in, out any) (bool, any) {
		at, asked, answer := before.(state), in.(input), out.(output)
		if !asked.append {
			return slices.Equal(answer.list, at.list), at
		}
		after := state{list: append(slices.Clone(at.list), asked.number), version: at.version}
		if answer.known {
			after.version = answer.version
		}
		return !answer.known || answer.version > at.version, after
	},
	Equal: func(one, other any) bool {
		a, b := one.(state), other.(state)
		return a.version == b.version && slices.Equal(a.list, b.list)
	},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "the name of one history is expected")
		os.Exit(2)
	}
	history, keys, err := read(os.Args[1])
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[1], err)
		os.Exit(2)
	}
	result := porcupine.CheckOperationsTimeout(model, history, limit)
	fmt.Printf("%d operations on %d lists: ", len(history), keys)
	switch result {
	case porcupine.Ok:
		fmt.Println("linearizable")
	case porcupine.Illegal:
		fmt.Println("NOT linearizable")
		os.Exit(1)
	default:
		fmt.Printf("not decided within %v\n", limit)
		os.Exit(2)
	}
}

// The operations that were not refused, and the number of lists.
func read(file string) ([]porcupine.Operation, int, error) {
	opened, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	defer opened.Close()
	var history []porcupine.Operation
	var unknown []porcupine.Operation
	keys := map[string]bool{}
	begun := map[int]int{}
	last := 0
	for decoder := edn.NewDecoder(opened); ; {
		var line entry
		if err := decoder.Decode(&line); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, 0, err
		}
		asked, answer, err := line.operation()
		if err != nil {
			return nil, 0, fmt.Errorf("operation %d: %w", line.Index, err)
		}
		keys[asked.key] = true
		last = line.Index
		operation := porcupine.Operation{
			Input: asked, Call: int64(begun[line.Process]), Output: answer, Return: int64(line.Index),
		}
		switch line.Type {
		case "invoke":
			begun[line.Process] = line.Index
		case "ok":
			history = append(history, operation)
		case "info":
			unknown = append(unknown, operation)
		case "fail":
		default:
			return nil, 0, fmt.Errorf("operation %d: the type %q", line.Index, line.Type)
		}
	}
	for _, operation := range unknown {
		// It may also take place after everything that was seen, which is as if it never did.
		operation.Return = int64(last + 1)
		history = append(history, operation)
	}
	for index := range history {
		history[index].ClientId = index
	}
	return history, len(keys), nil
}

func (line entry) operation() (input, output, error) {
	if len(line.Value) != 1 || len(line.Value[0]) != 3 {
		return input{}, output{}, errors.New("one of [:append key number] and [:r key list] is expected")
	}
	key, ok := line.Value[0][1].(string)
	if !ok {
		return input{}, output{}, errors.New("a key that is no text")
	}
	answer := output{known: line.Type == "ok", version: line.Version}
	if number, ok := line.Value[0][2].(int64); ok && line.Value[0][0] == edn.Keyword("append") {
		return input{key: key, append: true, number: number}, answer, nil
	}
	list, ok := line.Value[0][2].([]any)
	if !ok && line.Type == "ok" {
		return input{}, output{}, errors.New("a list is expected")
	}
	for _, number := range list {
		one, ok := number.(int64)
		if !ok {
			return input{}, output{}, errors.New("a list of numbers is expected")
		}
		answer.list = append(answer.list, one)
	}
	return input{key: key}, answer, nil
}
