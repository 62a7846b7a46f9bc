package examples

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// person is one real human of the shop: what they are, before clerks and keyboards write it down.
type person struct {
	n                 int
	first, last       string
	city, country     string
	email, oldEmail   string // oldEmail: used until the switch
	switched          int    // day on which the e-mail changed; -1: never
	phone             string // national, as people write it
	devices           []string
	accounts          int
	newsletter, staff bool
	joined            time.Time
}

var (
	firstNames = strings.Fields("Anna Ben Clara David Emma Finn Greta Hugo Ines Jonas Kira Leo Mia Noah Olga Paul Quinn Rosa Sam Tara Uwe Vera Willem Xenia Yann Zoe Aisha Bruno Chloé Dmitri Élodie Farid Gül İpek Jürgen Kofi Łukasz Mónica Nguyen Øyvind")
	lastNames  = strings.Fields("Adler Becker Conti Dubois Eriksen Ferrari García Hansen Ivanov Jansen Kowalski Lefèvre Müller Nowak O'Brien Petit Quist Rossi Schmidt Tremblay Ueda Vogel Weber Xavier Yilmaz Zimmer Keller Lindgren Moreau Okafor")
	places     = [][2]string{{"Berlin", "DE"}, {"Hamburg", "DE"}, {"Paris", "FR"}, {"Lyon", "FR"}, {"London", "GB"}, {"Leeds", "GB"}, {"Madrid", "ES"}, {"Roma", "IT"}, {"Oslo", "NO"}, {"Wien", "AT"}}
	providers  = strings.Fields("gmail.com gmail.com googlemail.com outlook.com mail.example post.example web.example")
	folding    = strings.NewReplacer("é", "e", "É", "e", "è", "e", "ü", "u", "İ", "i", "Ł", "l", "ł", "l", "ó", "o", "Ø", "o", "í", "i", "'", "", "ç", "c")
)

// crowd makes the people. Every choice comes from one seeded source, in one order.
func crowd(rng *rand.Rand, n int, now time.Time) []*person {
	people := make([]*person, 0, n)
	for i := range n {
		p := &person{n: i, first: firstNames[rng.IntN(len(firstNames))], last: lastNames[rng.IntN(len(lastNames))], switched: -1}
		place := places[rng.IntN(len(places))]
		p.city, p.country = place[0], place[1]
		p.phone = nationalPhone(rng, p.country)
		if i > 0 && rng.IntN(12) == 0 {
			// A family: the name, the place and the phone are those of somebody before.
			other := people[rng.IntN(i)]
			p.last, p.city, p.country, p.phone = other.last, other.city, other.country, other.phone
		}
		handle := strings.ToLower(folding.Replace(p.first + "." + p.last))
		p.email = fmt.Sprintf("%s%d@%s", handle, i, providers[rng.IntN(len(providers))])
		if rng.IntN(40) == 0 {
			p.staff = true
			p.email = fmt.Sprintf("%s%d@corner-shop.example", handle, i)
		}
		if rng.IntN(15) == 0 {
			p.oldEmail, p.switched = fmt.Sprintf("%s%d@old-post.example", handle, i), rng.IntN(8)
		}
		for range 1 + rng.IntN(3) {
			p.devices = append(p.devices, fmt.Sprintf("dev-%08x", rng.Uint32()))
		}
		p.accounts = []int{0, 1, 1, 1, 1, 1, 1, 2}[rng.IntN(8)]
		p.newsletter = rng.IntN(3) == 0
		p.joined = now.AddDate(0, 0, -rng.IntN(900)-10)
		people = append(people, p)
	}
	return people
}

// mail is the address a person uses on a day.
func (p *person) mail(day int) string {
	if p.switched > day {
		return p.oldEmail
	}
	return p.email
}

func digits(rng *rand.Rand, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte('0' + rng.IntN(10))
	}
	return string(out)
}

// nationalPhone is a mobile number as people of a country write it.
func nationalPhone(rng *rand.Rand, country string) string {
	switch country {
	case "FR":
		return "06 1" + digits(rng, 1) + " " + digits(rng, 2) + " " + digits(rng, 2) + " " + digits(rng, 2)
	case "GB":
		return "07400 " + digits(rng, 6)
	case "ES":
		return "61" + digits(rng, 1) + " " + digits(rng, 3) + " " + digits(rng, 3)
	case "IT":
		return "347 " + digits(rng, 7)
	case "NO":
		return "40" + digits(rng, 1) + " " + digits(rng, 2) + " " + digits(rng, 3)
	case "AT":
		return "0664 " + digits(rng, 7)
	default:
		return "0151 " + digits(rng, 8)
	}
}

// misspell swaps two letters, as fingers do.
func misspell(rng *rand.Rand, word string) string {
	r := []rune(word)
	if len(r) < 4 {
		return word
	}
	i := 1 + rng.IntN(len(r)-2)
	r[i], r[i-1] = r[i-1], r[i]
	return string(r)
}

// spelled is an address as somebody types it: capitals, dots and suffixes that mean nothing to a mail server.
func spelled(rng *rand.Rand, mail string) string {
	name, domain, _ := strings.Cut(mail, "@")
	switch rng.IntN(8) {
	case 0:
		return strings.ToUpper(name[:1]) + name[1:] + "@" + domain
	case 1:
		if domain == "gmail.com" {
			return strings.ReplaceAll(name, ".", "") + "@googlemail.com"
		}
	case 2:
		if domain == "gmail.com" {
			return name + "+shop@" + domain
		}
	}
	return mail
}
