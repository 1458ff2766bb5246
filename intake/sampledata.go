package intake

// culture is a set of names that go together. Behind "=" stands the spelling for an e-mail address, where taking accents
// off does not give it.
type culture struct{ first, last []string }

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
	return []place{
		{"New York", "America/New_York", []string{"212", "646", "917", "718", "347", "929"}},
		{"Boston", "America/New_York", []string{"617", "857"}},
		{"Philadelphia", "America/New_York", []string{"215", "267"}},
		{"Washington", "America/New_York", []string{"202"}},
		{"Baltimore", "America/New_York", []string{"410", "443"}},
		{"Atlanta", "America/New_York", []string{"404", "678", "470", "770"}},
		{"Miami", "America/New_York", []string{"305", "786"}},
		{"Orlando", "America/New_York", []string{"407"}},
		{"Tampa", "America/New_York", []string{"813"}},
		{"Jacksonville", "America/New_York", []string{"904"}},
		{"Charlotte", "America/New_York", []string{"704", "980"}},
		{"Raleigh", "America/New_York", []string{"919", "984"}},
		{"Pittsburgh", "America/New_York", []string{"412"}},
		{"Cleveland", "America/New_York", []string{"216"}},
		{"Columbus", "America/New_York", []string{"614", "380"}},
		{"Cincinnati", "America/New_York", []string{"513"}},
		{"Richmond", "America/New_York", []string{"804"}},
		{"Virginia Beach", "America/New_York", []string{"757"}},
		{"Buffalo", "America/New_York", []string{"716"}},
		{"Rochester", "America/New_York", []string{"585"}},
		{"Hartford", "America/New_York", []string{"860", "959"}},
		{"Providence", "America/New_York", []string{"401"}},
		{"Newark", "America/New_York", []string{"973", "862"}},
		{"Jersey City", "America/New_York", []string{"201", "551"}},
		{"Detroit", "America/Detroit", []string{"313"}},
		{"Indianapolis", "America/Indiana/Indianapolis", []string{"317", "463"}},
		{"Chicago", "America/Chicago", []string{"312", "773", "872"}},
		{"Houston", "America/Chicago", []string{"713", "281", "832", "346"}},
		{"Dallas", "America/Chicago", []string{"214", "469", "972"}},
		{"Austin", "America/Chicago", []string{"512", "737"}},
		{"San Antonio", "America/Chicago", []string{"210", "726"}},
		{"Fort Worth", "America/Chicago", []string{"817", "682"}},
		{"Minneapolis", "America/Chicago", []string{"612"}},
		{"Saint Paul", "America/Chicago", []string{"651"}},
		{"Milwaukee", "America/Chicago", []string{"414"}},
		{"Madison", "America/Chicago", []string{"608"}},
		{"St. Louis", "America/Chicago", []string{"314"}},
		{"Kansas City", "America/Chicago", []string{"816"}},
		{"New Orleans", "America/Chicago", []string{"504"}},
		{"Nashville", "America/Chicago", []string{"615", "629"}},
		{"Memphis", "America/Chicago", []string{"901"}},
		{"Oklahoma City", "America/Chicago", []string{"405"}},
		{"Tulsa", "America/Chicago", []string{"918"}},
		{"Omaha", "America/Chicago", []string{"402", "531"}},
		{"Des Moines", "America/Chicago", []string{"515"}},
		{"Birmingham", "America/Chicago", []string{"205"}},
		{"Little Rock", "America/Chicago", []string{"501"}},
		{"Denver", "America/Denver", []string{"303", "720"}},
		{"Colorado Springs", "America/Denver", []string{"719"}},
		{"Salt Lake City", "America/Denver", []string{"801", "385"}},
		{"Albuquerque", "America/Denver", []string{"505"}},
		{"El Paso", "America/Denver", []string{"915"}},
		{"Boise", "America/Boise", []string{"208"}},
		{"Phoenix", "America/Phoenix", []string{"602", "480", "623"}},
		{"Tucson", "America/Phoenix", []string{"520"}},
		{"Los Angeles", "America/Los_Angeles", []string{"213", "323", "310", "424"}},
		{"San Diego", "America/Los_Angeles", []string{"619", "858"}},
		{"San Francisco", "America/Los_Angeles", []string{"415", "628"}},
		{"San Jose", "America/Los_Angeles", []string{"408", "669"}},
		{"Oakland", "America/Los_Angeles", []string{"510"}},
		{"Sacramento", "America/Los_Angeles", []string{"916", "279"}},
		{"Fresno", "America/Los_Angeles", []string{"559"}},
		{"Seattle", "America/Los_Angeles", []string{"206"}},
		{"Tacoma", "America/Los_Angeles", []string{"253"}},
		{"Spokane", "America/Los_Angeles", []string{"509"}},
		{"Portland", "America/Los_Angeles", []string{"503", "971"}},
		{"Las Vegas", "America/Los_Angeles", []string{"702", "725"}},
		{"Reno", "America/Los_Angeles", []string{"775"}},
		{"Honolulu", "Pacific/Honolulu", []string{"808"}},
		{"Anchorage", "America/Anchorage", []string{"907"}},
	}
}
