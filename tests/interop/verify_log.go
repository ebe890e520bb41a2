// Verifies a log's files with Go's own transparency-log library (golang.org/x/mod/sumdb), which knows nothing of
// Cordon:
//
//	verify_log FOLDER VKEYS [INDEX ENTRY]
//	verify_log FOLDER VKEYS older CHECKPOINT
//	verify_log FOLDER VKEYS proof TLOG-PROOF ENTRY
//
// FOLDER holds checkpoint and tile/; VKEYS is a file of verifier keys, of which the Ed25519 one is used. Without more
// it verifies the checkpoint and every entry; with INDEX ENTRY that the file ENTRY is that record; with older that the
// log continues an older checkpoint; with proof that a tlog-proof file holds for ENTRY by itself.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "verify_log: %s: %v\n", what, err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(err, "read")
	return data
}

// The verifiers of the keys Go's library knows: Ed25519.
func verifiers(path string) note.Verifiers {
	var list []note.Verifier
	for _, line := range strings.Fields(string(read(path))) {
		if verifier, err := note.NewVerifier(line); err == nil {
			list = append(list, verifier)
		}
	}
	return note.VerifierList(list...)
}

// A checkpoint: origin, size, root, once its signature holds.
func checkpoint(text []byte, keys note.Verifiers) tlog.Tree {
	opened, err := note.Open(text, keys)
	must(err, "checkpoint")
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || opened.Sigs[0].Name != lines[0] {
		must(fmt.Errorf("not signed by its origin, or not three lines"), "checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "checkpoint")
	root, err := base64.StdEncoding.DecodeString(lines[2])
	must(err, "checkpoint")
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree
}

// The tiles of the folder. C2SP's paths are Go's without the tile height: tile/8/0/001 is tile/0/001.
type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range list {
		data, err := os.ReadFile(filepath.Join(t.folder, strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// The entries of a bundle, by its index.
func bundle(folder string, tree tlog.Tree, index int64) [][]byte {
	tile := tlog.Tile{H: 8, L: 0, N: index, W: 256}
	if rest := tree.N - 256*index; rest < 256 {
		tile.W = int(rest)
	}
	data := read(filepath.Join(folder, strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)))
	var entries [][]byte
	for len(data) >= 2 {
		size := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+size {
			break
		}
		entries, data = append(entries, data[2:2+size]), data[2+size:]
	}
	if len(data) != 0 || len(entries) != tile.W {
		must(fmt.Errorf("bundle %d is not %d entries", index, tile.W), "entries")
	}
	return entries
}

// All hashes of the log, made from its entries and nothing else. TileHashReader would not do here: the one Debian 13
// packages leaves the first few tiles it reads uncompared when several subtrees of the root share a tile.
type hashList []tlog.Hash

func (list hashList) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		found = append(found, list[index])
	}
	return found, nil
}

// The entries lead to the root, and every tile holds the hashes they lead to.
func verifyAll(folder string, tree tlog.Tree) {
	var all hashList
	for index := int64(0); 256*index < tree.N; index++ {
		for i, entry := range bundle(folder, tree, index) {
			hashes, err := tlog.StoredHashes(256*index+int64(i), entry, all)
			must(err, "entries")
			all = append(all, hashes...)
		}
	}
	root, err := tlog.TreeHash(tree.N, all)
	must(err, "entries")
	if root != tree.Hash {
		must(fmt.Errorf("they do not lead to the signed root"), "entries")
	}
	for _, tile := range tlog.NewTiles(8, 0, tree.N) {
		wanted, err := tlog.ReadTileData(tile, all)
		must(err, "tiles")
		if found, err := (tiles{folder}).ReadTiles([]tlog.Tile{tile}); err != nil || !bytes.Equal(found[0], wanted) {
			must(fmt.Errorf("%s holds other hashes", tile.Path()), "tiles")
		}
	}
}

// A record proof made from the tiles, then checked.
func verifyEntry(tree tlog.Tree, hashes tlog.HashReader, index int64, entry []byte) {
	proof, err := tlog.ProveRecord(tree.N, index, hashes)
	must(err, "record proof")
	must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)), "record proof")
}

// A tree proof made from the tiles, then checked.
func verifyOlder(tree, older tlog.Tree, hashes tlog.HashReader) {
	proof, err := tlog.ProveTree(tree.N, older.N, hashes)
	must(err, "tree proof")
	must(tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash), "tree proof")
}

// A tlog-proof file: the proof in it, under the checkpoint in it, without the log.
func verifyProof(text string, keys note.Verifiers, entry []byte) {
	head, note, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		must(fmt.Errorf("not a tlog-proof"), "proof file")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must(err, "proof file")
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		must(err, "proof file")
		proof = append(proof, hash)
	}
	tree := checkpoint([]byte(note), keys)
	must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)), "proof file")
}

func main() {
	if len(os.Args) < 3 {
		must(fmt.Errorf("verify_log FOLDER VKEYS [INDEX ENTRY | older CHECKPOINT | proof TLOG-PROOF ENTRY]"), "usage")
	}
	folder, keys, rest := os.Args[1], verifiers(os.Args[2]), os.Args[3:]
	tree := checkpoint(read(filepath.Join(folder, "checkpoint")), keys)
	hashes := tlog.TileHashReader(tree, tiles{folder})
	switch {
	case len(rest) == 0:
		verifyAll(folder, tree)
		fmt.Printf("%d entries are in the tree the checkpoint signs\n", tree.N)
	case rest[0] == "older" && len(rest) == 2:
		older := checkpoint(read(rest[1]), keys)
		verifyOlder(tree, older, hashes)
		fmt.Printf("the tree of %d entries continues the one of %d\n", tree.N, older.N)
	case rest[0] == "proof" && len(rest) == 3:
		verifyProof(string(read(rest[1])), keys, read(rest[2]))
		fmt.Println("the proof holds")
	case len(rest) == 2:
		index, err := strconv.ParseInt(rest[0], 10, 64)
		must(err, "index")
		verifyEntry(tree, hashes, index, read(rest[1]))
		fmt.Printf("entry %d is in the tree the checkpoint signs\n", index)
	default:
		must(fmt.Errorf("unknown arguments"), "usage")
	}
}
