package intake

// culture is a set of names that go together. Behind "=" stands the spelling for an e-mail address, where taking accents
// off does not give it.
type culture struct{ first, last []string }

//nolint:gosmopolitan // names of all the world are what this is for
func sampleCultures() []culture {
	return []culture{
		{ // English
			[]string{"Ava", "Oliver", "Grace", "Henry", "Mary Ann", "Jack", "Chloe", "Samuel"},
			[]string{"Walker", "Hughes", "Bennett", "Clarke", "Turner", "Whitfield", "Ashdown", "Harper"},
		},
		{ // Irish
			[]string{"Aoife", "Cillian", "Niamh", "Seán", "Róisín", "Darragh", "Sinéad", "Eoin"},
			[]string{"O'Brien", "Ó Dálaigh", "Murphy", "Kavanagh", "McCarthy", "Byrne", "O'Sullivan", "Nolan"},
		},
		{ // Spanish and Latin American
			[]string{"José", "Lucía", "Mateo", "Sofía", "Andrés", "Ximena", "Joaquín", "Inés"},
			[]string{"García Márquez", "Núñez", "Fernández", "Ibáñez", "Rojas", "Castillo", "Peña", "Salazar"},
		},
		{ // Brazilian
			[]string{"João", "Beatriz", "Thiago", "Luíza", "Caetano", "Antônia", "Rafael", "Vitória"},
			[]string{"da Silva", "Gonçalves", "Araújo", "Pereira", "Conceição", "Magalhães", "Teixeira", "Moura"},
		},
		{ // French
			[]string{"Amélie", "Étienne", "Chloé", "Jérôme", "Zoé", "François", "Noëlle", "Rémi"},
			[]string{"Lefèvre", "Dubois", "Bélanger", "Girard", "Desrosiers", "Gauthier", "Lambert", "Moreau"},
		},
		{ // German
			[]string{"Jürgen", "Käthe", "Lukas", "Anneliese", "Björn", "Franziska", "Günther", "Hannah"},
			[]string{"Müller", "Weiß", "Schröder", "von Bülow", "Krüger", "Hoffmann", "Vogel", "Groß"},
		},
		{ // Nordic
			[]string{"Søren", "Astrid", "Øyvind", "Freja", "Åke", "Linnéa", "Eirik", "Sigrún"},
			[]string{"Sørensen", "Lindqvist", "Ødegård", "Jónsdóttir", "Hansen", "Bergström", "Nygård", "Virtanen"},
		},
		{ // Polish
			[]string{"Łukasz", "Małgorzata", "Paweł", "Zofia", "Stanisław", "Agnieszka", "Wojciech", "Jagoda"},
			[]string{"Wójcik", "Kowalska", "Dąbrowski", "Lewandowska", "Zieliński", "Szymańska", "Woźniak", "Król"},
		},
		{ // Italian
			[]string{"Niccolò", "Giulia", "Alessandro", "Chiara", "Matteo", "Noemi", "Davide", "Ginevra"},
			[]string{"Rossi", "D'Angelo", "Ferrari", "De Luca", "Colombo", "Marchetti", "Conti", "Fabbri"},
		},
		{ // Turkish
			[]string{"Işıl", "Mehmet", "Çağla", "Ömer", "Şebnem", "Emre", "Gülşen", "Tuğrul"},
			[]string{"Yılmaz", "Öztürk", "Çelik", "Şahin", "Kılıç", "Aydın", "Güneş", "Demir"},
		},
		{ // Greek
			[]string{"Ελένη=eleni", "Νίκος=nikos", "Μαρία=maria", "Γιώργος=giorgos"},
			[]string{"Παπαδοπούλου=papadopoulou", "Νικολάου=nikolaou", "Γεωργίου=georgiou", "Δημητρίου=dimitriou"},
		},
		{ // Ukrainian and Russian
			[]string{"Олена=olena", "Дмитро=dmytro", "Оксана=oksana", "Тарас=taras", "Ольга=olga", "Иван=ivan"},
			[]string{"Шевченко=shevchenko", "Коваль=koval", "Бондаренко=bondarenko", "Мельник=melnyk", "Соколова=sokolova"},
		},
		{ // Arabic
			[]string{"Layla", "Omar", "Fatima", "Youssef", "نور=nour", "كريم=karim", "Salma", "Tariq"},
			[]string{"Al-Masri", "Haddad", "El Sayed", "Nasser", "حداد=haddad", "Khalil", "Bensalem", "Rahman"},
		},
		{ // Persian
			[]string{"Shirin", "Dariush", "Parisa", "Kaveh", "مهسا=mahsa", "Arash"},
			[]string{"Hosseini", "Karimi", "Rostami", "Ahmadi", "Tehrani", "Moradi"},
		},
		{ // Hebrew
			[]string{"Noa", "Eitan", "Tamar", "Ari", "נועה=noa", "Yael"},
			[]string{"Levi", "Mizrahi", "Ben-David", "Friedman", "Peretz", "Shapira"},
		},
		{ // Indian
			[]string{"Priya", "Arjun", "Ananya", "Rohan", "Kavya", "Vikram", "अदिति=aditi", "Sanjay"},
			[]string{"Sharma", "Iyer", "Patel", "Banerjee", "Reddy", "Chaudhary", "Nair", "Mukherjee"},
		},
		{ // Chinese
			[]string{"美玲=meiling", "伟=wei", "Xiu", "Jian", "芳=fang", "Lihua", "Hao", "Yan"},
			[]string{"陈=chen", "王=wang", "Zhang", "Liu", "李=li", "Huang", "Zhou", "Lin"},
		},
		{ // Japanese
			[]string{"陽菜=hina", "蓮=ren", "Yuki", "Haruto", "さくら=sakura", "Kenji", "Aoi", "Sōta"},
			[]string{"佐藤=sato", "田中=tanaka", "Suzuki", "Takahashi", "Itō", "Yamamoto", "Kobayashi", "Ōno"},
		},
		{ // Korean
			[]string{"Min-jun", "Seo-yeon", "지우=jiwoo", "Ha-eun", "Do-yun", "Ye-jin"},
			[]string{"Kim", "Park", "이=lee", "Choi", "Jung", "Kang"},
		},
		{ // Vietnamese
			[]string{"Thảo", "Minh", "Hương", "Đức", "Linh", "Quân", "Ngọc", "Tuấn"},
			[]string{"Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Bùi", "Hoàng", "Vũ"},
		},
		{ // Nigerian and Ghanaian
			[]string{"Chidi", "Adaeze", "Oluwaseun", "Ngozi", "Kwame", "Abena", "Tunde", "Ìfẹ́"},
			[]string{"Okonkwo", "Adeyemi", "Balogun", "Nwosu", "Mensah", "Asante", "Eze", "Ọláyínká"},
		},
		{ // East and Southern African
			[]string{"Wanjiru", "Kipchoge", "Thandiwe", "Sipho", "Amani", "Zawadi", "Tesfaye", "Hiwot"},
			[]string{"Kamau", "Otieno", "Dlamini", "Nkosi", "Mwangi", "Bekele", "Van Wyk", "Moyo"},
		},
		{ // Hawaiian and Māori
			[]string{"Kaʻiulani", "Mere", "Tāne", "Leilani", "Wiremu", "Aroha"},
			[]string{"Kealoha", "Tāmati", "Parata", "Kahale", "Ngata", "Māhoe"},
		},
	}
}

func sampleTitles() []string {
	return []string{
		"Owner", "Office Manager", "VP, Operations", "Buyer", "Head of Sales", "Engineer", "Dentist", "Teacher", "Producer",
		"Chief Financial Officer", "Site Foreman", "Geschäftsführerin", "Librarian", "Nurse", "Shop Manager", "Architect",
	}
}

func samplePlans() []string { return []string{"Free", "Starter", "Team", "Business", "Enterprise"} }

func sampleTrades() []string {
	return []string{
		"Bakery", "Plumbing", "Legal", "Logistics", "Dental", "Travel", "Design Studio", "Insurance", "Garden Centre", "Optics",
		"Books", "Catering", "Fitness", "Roofing", "Software", "Veterinary Clinic",
	}
}

// place is a city with its area codes.
type place struct {
	city, zone string
	areas      []string
}

// samplePlaces lists cities of the United States.
func samplePlaces() []place {
	const (
		eastern  = "America/New_York"
		central  = "America/Chicago"
		mountain = "America/Denver"
		pacific  = "America/Los_Angeles"
	)
	return []place{
		{"New York", eastern, []string{"212", "646", "917", "718", "347", "929"}},
		{"Boston", eastern, []string{"617", "857"}},
		{"Philadelphia", eastern, []string{"215", "267"}},
		{"Washington", eastern, []string{"202"}},
		{"Baltimore", eastern, []string{"410", "443"}},
		{"Atlanta", eastern, []string{"404", "678", "470", "770"}},
		{"Miami", eastern, []string{"305", "786"}},
		{"Orlando", eastern, []string{"407"}},
		{"Tampa", eastern, []string{"813"}},
		{"Jacksonville", eastern, []string{"904"}},
		{"Charlotte", eastern, []string{"704", "980"}},
		{"Raleigh", eastern, []string{"919", "984"}},
		{"Pittsburgh", eastern, []string{"412"}},
		{"Cleveland", eastern, []string{"216"}},
		{"Columbus", eastern, []string{"614", "380"}},
		{"Cincinnati", eastern, []string{"513"}},
		{"Richmond", eastern, []string{"804"}},
		{"Virginia Beach", eastern, []string{"757"}},
		{"Buffalo", eastern, []string{"716"}},
		{"Rochester", eastern, []string{"585"}},
		{"Hartford", eastern, []string{"860", "959"}},
		{"Providence", eastern, []string{"401"}},
		{"Newark", eastern, []string{"973", "862"}},
		{"Jersey City", eastern, []string{"201", "551"}},
		{"Detroit", "America/Detroit", []string{"313"}},
		{"Indianapolis", "America/Indiana/Indianapolis", []string{"317", "463"}},
		{"Chicago", central, []string{"312", "773", "872"}},
		{"Houston", central, []string{"713", "281", "832", "346"}},
		{"Dallas", central, []string{"214", "469", "972"}},
		{"Austin", central, []string{"512", "737"}},
		{"San Antonio", central, []string{"210", "726"}},
		{"Fort Worth", central, []string{"817", "682"}},
		{"Minneapolis", central, []string{"612"}},
		{"Saint Paul", central, []string{"651"}},
		{"Milwaukee", central, []string{"414"}},
		{"Madison", central, []string{"608"}},
		{"St. Louis", central, []string{"314"}},
		{"Kansas City", central, []string{"816"}},
		{"New Orleans", central, []string{"504"}},
		{"Nashville", central, []string{"615", "629"}},
		{"Memphis", central, []string{"901"}},
		{"Oklahoma City", central, []string{"405"}},
		{"Tulsa", central, []string{"918"}},
		{"Omaha", central, []string{"402", "531"}},
		{"Des Moines", central, []string{"515"}},
		{"Birmingham", central, []string{"205"}},
		{"Little Rock", central, []string{"501"}},
		{"Denver", mountain, []string{"303", "720"}},
		{"Colorado Springs", mountain, []string{"719"}},
		{"Salt Lake City", mountain, []string{"801", "385"}},
		{"Albuquerque", mountain, []string{"505"}},
		{"El Paso", mountain, []string{"915"}},
		{"Boise", "America/Boise", []string{"208"}},
		{"Phoenix", "America/Phoenix", []string{"602", "480", "623"}},
		{"Tucson", "America/Phoenix", []string{"520"}},
		{"Los Angeles", pacific, []string{"213", "323", "310", "424"}},
		{"San Diego", pacific, []string{"619", "858"}},
		{"San Francisco", pacific, []string{"415", "628"}},
		{"San Jose", pacific, []string{"408", "669"}},
		{"Oakland", pacific, []string{"510"}},
		{"Sacramento", pacific, []string{"916", "279"}},
		{"Fresno", pacific, []string{"559"}},
		{"Seattle", pacific, []string{"206"}},
		{"Tacoma", pacific, []string{"253"}},
		{"Spokane", pacific, []string{"509"}},
		{"Portland", pacific, []string{"503", "971"}},
		{"Las Vegas", pacific, []string{"702", "725"}},
		{"Reno", pacific, []string{"775"}},
		{"Honolulu", "Pacific/Honolulu", []string{"808"}},
		{"Anchorage", "America/Anchorage", []string{"907"}},
	}
}
