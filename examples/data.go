package examples

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// usual is how many people the shop has where nobody says.
const usual = 2000

const layout = "2006-01-02 15:04:05"

// Data is every data file of the shop, by name, as its export of day o.Day has it.
func Data(o Options) map[string][]byte {
	if o.People == 0 {
		o.People = usual
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	o.Now = o.Now.UTC().Truncate(24 * time.Hour)
	people := crowd(rand.New(rand.NewPCG(o.Seed, 1)), o.People, o.Now)
	out := map[string][]byte{
		"data/customers.csv":  customers(people, o),
		"data/newsletter.csv": newsletter(people, o),
		"data/tickets.jsonl":  tickets(people, o),
	}
	for day := 0; day <= o.Day; day++ {
		name := fmt.Sprintf("data/orders/%s.csv", o.Now.AddDate(0, 0, day).Format("2006-01-02"))
		out[name] = orders(people, o, day)
	}
	return out
}

// rowsOf seeds a source of its own for each file, so that more people or days of one file leave the others alone.
func rowsOf(o Options, file, day uint64) *rand.Rand {
	return rand.New(rand.NewPCG(o.Seed+day*1000, file))
}

func table(header []string, rows [][]string) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.Write(header) // a buffer takes everything
	_ = w.WriteAll(rows)
	return out.Bytes()
}

func customers(people []*person, o Options) []byte {
	rng := rowsOf(o, 2, 0)
	var rows [][]string
	for _, p := range people {
		for account := range p.accounts {
			first, mail, updated := p.first, spelled(rng, p.mail(o.Day)), p.joined
			if account > 0 {
				first, updated = misspell(rng, p.first), p.joined.AddDate(0, 0, rng.IntN(100))
			}
			if p.switched >= 0 && p.switched <= o.Day {
				updated = o.Now.AddDate(0, 0, p.switched)
			}
			phone := p.phone
			if rng.IntN(4) == 0 {
				phone = ""
			}
			id := fmt.Sprintf("A%05d", p.n*2+account)
			if account > 0 && phone != "" && rng.IntN(2) == 0 {
				mail = fmt.Sprintf("%d.%s", account, mail) // a second address: the phone alone tells that it is the same person
			}
			rows = append(rows, []string{id, first, p.last, mail, phone, p.city, p.country, updated.Format(layout)})
		}
	}
	return table([]string{"id", "first_name", "last_name", "email", "phone", "city", "country", "updated_at"}, rows)
}

// orders is one file a day; the first holds the two years before.
func orders(people []*person, o Options, day int) []byte {
	rng := rowsOf(o, 3, uint64(day))
	n, back := len(people)*3, 720
	if day > 0 {
		n, back = max(len(people)/40, 1), 1
	}
	var rows [][]string
	for i := range n {
		p := people[rng.IntN(len(people))*rng.IntN(len(people))/len(people)] // some buy much more than others
		at := o.Now.AddDate(0, 0, day).Add(-time.Duration(rng.IntN(back*24*60)) * time.Minute)
		mail := spelled(rng, p.mail(day))
		device := p.devices[rng.IntN(len(p.devices))]
		if rng.IntN(20) == 0 {
			mail = "" // a guest: only the device is known
		}
		status := []string{"paid", "paid", "paid", "paid", "paid", "refunded", "open"}[rng.IntN(7)]
		total := fmt.Sprintf("%d.%02d", 5+rng.IntN(60)+rng.IntN(2)*rng.IntN(150), rng.IntN(100))
		rows = append(rows, []string{fmt.Sprintf("o%d-%05d", day, i), mail, device, total, status, at.Format(layout), at.Add(time.Hour).Format(layout)})
	}
	return table([]string{"order_id", "customer_email", "device_id", "total", "status", "ordered_at", "updated_at"}, rows)
}

func newsletter(people []*person, o Options) []byte {
	rng := rowsOf(o, 4, 0)
	var rows [][]string
	for _, p := range people {
		if !p.newsletter {
			continue
		}
		subscribed, changed := true, p.joined
		if leaves := rng.IntN(60); leaves < o.Day {
			subscribed, changed = false, o.Now.AddDate(0, 0, leaves)
		}
		rows = append(rows, []string{p.email, p.first, strconv.FormatBool(subscribed), changed.Format(layout)})
	}
	return table([]string{"email", "name", "subscribed", "changed_at"}, rows)
}

func tickets(people []*person, o Options) []byte {
	rng := rowsOf(o, 5, 0)
	subjects := []string{"Where is my order?", "The blue is more of a green", "Invoice, please", "Wrong size", "It does not turn on"}
	var out bytes.Buffer
	for i := range len(people) / 5 {
		p := people[rng.IntN(len(people))]
		opened := o.Now.AddDate(0, 0, -rng.IntN(200))
		status := "closed"
		if rng.IntN(3) == 0 {
			status = "open"
		}
		if closes := rng.IntN(20); closes < o.Day {
			status = "closed"
		}
		ticket := map[string]any{
			"id": 9007199254740993 + int64(i), "subject": subjects[rng.IntN(len(subjects))], "status": status,
			"opened_at": opened.Format(layout), "tags": []string{"shop"}, "country": p.country, "email": nil, "phone": nil,
		}
		if rng.IntN(3) > 0 {
			ticket["email"] = p.mail(0)
		} else {
			ticket["phone"] = p.phone
		}
		line, err := json.Marshal(ticket)
		if err != nil {
			panic("marshalling plain values cannot fail: " + err.Error())
		}
		out.Write(append(line, '\n'))
	}
	return out.Bytes()
}
