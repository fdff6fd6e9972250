// Package client connects to the two APIs of Stytch: the data plane (organizations, members, machine clients) and the
// management plane (projects, environments and their settings).
//
// Read [Config] first: it says which credentials there are and which combinations are refused. [Connect] then gives a
// [Connection], whose [Connection.ReadOnly] and [Connection.Writable] clients share the limits on the rate, one budget
// of repetitions and one set of counters. A [Client] holds Stytch's own SDK clients, and sends bodies made by hand
// where the SDKs' structs cannot say what is meant ([Client.Data], [Client.Manage]).
//
// What every call has in common is a stack of http.RoundTrippers, one story and one file each, listed here from the
// outside in; stack.go puts them together:
//
//	guard.go    refuses what is not a read, for clients that may only read
//	log.go      writes one debug line a call
//	retry.go    repeats what may be repeated, and names what nobody can know
//	rate.go     keeps to a share of what Stytch grants: pace.go learns it, quota.go knows it
//	stats.go    counts
//	answer.go   makes every answer one that both SDKs understand, without the secrets that it repeats (conceal.go)
//	attempt.go  one attempt: a time limit with the body inside, and whether anything was sent
//
// What a request is (a read or a write, repeatable or not) is decided in one place, endpoint.go.
package client
